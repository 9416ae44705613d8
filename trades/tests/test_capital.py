"""What results are measured against: the bots' capital as it was at each moment."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from exchanges.domain import Environment, Venue
from trades.capital import Stake, Timeline, make_timeline, percent_of

START = datetime(2026, 11, 10, tzinfo=UTC)
DAY = timedelta(days=1)
PAPER = Venue("binance", Environment.PAPER)


class Rates:
    """A dollar is five reais; nothing is known of other currencies."""

    def rate(self, _venue: Venue, from_asset: str, to_asset: str) -> Decimal | None:
        known = {("USDT", "BRL"): Decimal(5), ("BRL", "USDT"): Decimal("0.2")}
        return Decimal(1) if from_asset == to_asset else known.get((from_asset, to_asset))


def stake(bot_id: int, amount: str, since: int, until: int | None = None, currency: str = "BRL") -> Stake:
    """From this day to that, counted from the start."""
    end = None if until is None else START + until * DAY
    return Stake(bot_id, PAPER, Decimal(amount), currency, START + since * DAY, end)


def timeline(*stakes: Stake) -> Timeline:
    return make_timeline(stakes, {})


def amounts(found: Timeline, currency: str = "BRL") -> list[Decimal | None]:
    return found.amounts(currency, Rates())


def test_it_is_the_sum_of_the_bots_that_there_are() -> None:
    found = timeline(stake(1, "100", 0), stake(2, "50", 2, 5), stake(3, "10", 5, currency="USDT"))
    assert [found.place(START + day * DAY) for day in (0, 1, 2, 4, 5, 9)] == [1, 1, 2, 2, 3, 3]
    assert amounts(found) == [100, 100, 150, 150]
    assert amounts(found, "USDT") == [20, 20, 30, 30]
    assert found.current("BRL", Rates()) == 150


def test_before_the_first_bot_and_after_the_last_the_nearest_counts() -> None:
    found = timeline(stake(1, "100", 0, 2), stake(2, "70", 5, 8))
    assert amounts(found) == [100, 100, 100, 70, 70]
    assert found.current("BRL", Rates()) == 0


def test_a_bot_counts_from_a_trade_that_is_older_than_it() -> None:
    found = make_timeline([stake(1, "100", 5), stake(2, "50", 5)], {1: START})
    assert found.place(START) == 1
    assert amounts(found) == [100, 100, 150]
    later = make_timeline([stake(1, "100", 5)], {1: START + 9 * DAY})
    assert later.moments == [START + 5 * DAY]


def test_a_capital_without_a_rate_is_unknown_for_as_long_as_it_was_there() -> None:
    found = timeline(stake(1, "100", 0), stake(2, "9", 2, 4, currency="XYZ"))
    assert amounts(found) == [100, 100, None, 100]
    assert percent_of({1: Decimal(10)}, amounts(found)) == 10
    assert percent_of({1: Decimal(10), 2: Decimal(1)}, amounts(found)) is None


def test_results_add_up_each_by_the_capital_of_its_place() -> None:
    assert percent_of({0: Decimal(5), 1: Decimal(-10)}, [Decimal(100), Decimal(50)]) == -15
    assert percent_of({0: Decimal(1)}, [Decimal(3)]) == Decimal("33.3333")


def test_without_a_result_it_is_nothing_and_without_a_capital_unknown() -> None:
    assert percent_of({}, [Decimal(100)]) == 0
    assert percent_of({}, [Decimal(0)]) is None
    assert percent_of({0: Decimal(1)}, [Decimal(0)]) is None
    assert amounts(timeline()) == [None]
