"""The portfolio: composed purely, and read through the API."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges.domain import Venue
from saas.clock import utc_now
from tests.cast import LONG_AGO, PAPER, FakeVenue, Person, alice, make_bot, make_key, make_trade, venue
from trades.capital import Stake
from trades.portfolio import OpenResult, TradeFigures, compose, realised_in

__all__ = ["alice", "venue"]

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Rates:
    """One dollar is `brl` reais now; nothing else is known."""

    def __init__(self, brl: str = "6") -> None:
        self.brl = Decimal(brl)

    def rate(self, venue: Venue, from_asset: str, to_asset: str) -> Decimal | None:
        known = {("USDT", "BRL"): self.brl, ("BRL", "USDT"): 1 / self.brl}
        return Decimal(1) if from_asset == to_asset else known.get((from_asset, to_asset))


def figures(**changes: Any) -> TradeFigures:
    values = {
        "trade_id": 1,
        "bot_id": 1,
        "venue": PAPER,
        "symbol": "BTC/USDT",
        "quote": "USDT",
        "is_closed": True,
        "opened_at": NOW - timedelta(hours=2),
        "realised_at": NOW - timedelta(hours=1),
        "realised_pnl": Decimal(10),
        "realised_pnl_display": Decimal(50),
        "display_currency": "BRL",
        "display_rate": Decimal(5),
        "turnover": Decimal(200),
        "proceeds": Decimal(105),
        "fees": Decimal("0.2"),
    }
    return TradeFigures(**{**values, **changes})


def test_past_results_keep_the_rate_of_their_moment() -> None:
    assert realised_in(figures(), "BRL", Rates("6")) == Decimal(50)
    assert realised_in(figures(), "BRL", Rates("9")) == Decimal(50)


def test_only_what_is_stored_in_another_currency_is_turned_over_now() -> None:
    assert realised_in(figures(), "USDT", Rates("5")) == Decimal(10)


def test_what_had_no_rate_then_is_valued_now() -> None:
    assert realised_in(figures(realised_pnl_display=None), "BRL", Rates("6")) == Decimal(60)


def test_what_has_no_rate_at_all_is_unknown_and_left_out_of_sums() -> None:
    lost = figures(quote="XYZ", realised_pnl_display=None)
    assert realised_in(lost, "BRL", Rates()) is None
    assert compose([figures(), lost], [], [], "BRL", Rates(), NOW, UTC).realised_pnl_display == Decimal(50)


def test_what_an_open_trade_has_realised_is_in_the_totals_but_is_no_trade() -> None:
    part = figures(is_closed=False)
    portfolio = compose([part], [], [], "BRL", Rates(), NOW, UTC)
    assert portfolio.realised_pnl_display == portfolio.realised_today_display == Decimal(50)
    assert (portfolio.daily[0].trades, portfolio.statistics.trades) == (0, 0)


def test_yesterday_is_not_today() -> None:
    old = figures(realised_at=NOW - timedelta(days=1))
    portfolio = compose([old, figures()], [], [], "BRL", Rates(), NOW, UTC)
    assert portfolio.realised_today_display == Decimal(50)
    assert portfolio.realised_pnl_display == Decimal(100)


def stake(amount: str, since: datetime, until: datetime | None = None, **changes: Any) -> Stake:
    values = {"bot_id": 1, "venue": PAPER, "currency": "BRL", "since": since, "until": until}
    return Stake(**{**values, "amount": Decimal(amount), **changes})


def test_a_result_is_measured_against_the_capital_of_its_moment() -> None:
    day = timedelta(days=1)
    before, after = figures(realised_at=NOW - 2 * day), figures()
    stakes = [stake("500", NOW - 9 * day, NOW - day), stake("1000", NOW - day)]
    portfolio = compose([before, after], [], [], "BRL", Rates(), NOW, UTC, stakes)
    assert portfolio.capital_display == Decimal(1000)
    assert (portfolio.realised_pnl_percent, portfolio.realised_today_percent) == (Decimal(15), Decimal(5))


def test_what_is_unrealised_is_measured_against_the_capital_of_now() -> None:
    result = OpenResult("USDT", Decimal(4), Decimal(20))
    portfolio = compose([], [result], [], "BRL", Rates(), NOW, UTC, [stake("800", NOW - timedelta(days=1))])
    assert portfolio.unrealised_pnl_percent == Decimal("2.5")


def test_without_any_bot_there_is_nothing_to_measure_against() -> None:
    portfolio = compose([], [], [], "BRL", Rates(), NOW, UTC)
    assert portfolio.capital_display == 0
    percentages = (portfolio.realised_pnl_percent, portfolio.realised_today_percent)
    assert {*percentages, portfolio.unrealised_pnl_percent} == {None}


def read(person: Person, query: str = "") -> dict[str, Any]:
    answer = person.client.get(f"/api/portfolio/{query}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_an_empty_portfolio_is_all_zeroes(alice: Person, venue: FakeVenue) -> None:
    alice.key.delete()
    portfolio = read(alice)
    assert portfolio["display_currency"] == "BRL"
    assert portfolio["value_display"] is portfolio["realised_pnl_percent"] is None
    assert (
        portfolio["capital_display"]
        == portfolio["realised_pnl_display"]
        == portfolio["unrealised_pnl_display"]
        == "0"
    )
    assert portfolio["balances"] == portfolio["daily"] == portfolio["by_quote"] == []
    assert (portfolio["stale"], portfolio["simulated"]) == (False, False)


def test_balances_are_valued_in_the_users_currency(alice: Person, venue: FakeVenue) -> None:
    portfolio = read(alice)
    by_asset = {row["asset"]: row for row in portfolio["balances"]}
    assert by_asset["USDT"]["value_display"] == "5000"
    assert (by_asset["BRL"]["free"], by_asset["BRL"]["locked"], by_asset["BRL"]["value_display"]) == (
        "50",
        "10",
        "60",
    )
    assert portfolio["value_display"] == "5060"
    assert portfolio["simulated"] is True


def test_open_trades_are_valued_at_what_they_could_be_sold_for(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice))
    venue.prices["BTC/USDT"] = Decimal(103_000)
    venue.publish()
    portfolio = read(alice)
    [item] = portfolio["open_trades"]
    assert (item["last_price"], item["unrealised_pnl"], item["unrealised_pnl_display"]) == (
        "103000",
        "3",
        "15",
    )
    assert portfolio["unrealised_pnl_display"] == "15"
    assert portfolio["by_quote"] == [{"quote": "USDT", "realised_pnl": "0", "unrealised_pnl": "3"}]


def test_closed_trades_make_days_curve_and_statistics(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=[("110000", "0.001")])
    make_trade(bot, sells=[("98000", "0.001")], opened_at=LONG_AGO + timedelta(days=1))
    portfolio = read(alice)
    assert portfolio["realised_pnl_display"] == "40"
    assert portfolio["daily"] == [
        {"date": "2026-11-10", "realised_pnl_display": "50", "trades": 1},
        {"date": "2026-11-11", "realised_pnl_display": "-10", "trades": 1},
    ]
    assert [point["realised_pnl_display"] for point in portfolio["equity_curve"]] == ["50", "40"]
    statistics = portfolio["statistics"]
    assert (statistics["win_rate"], statistics["profit_factor"]) == ("0.5", "5")
    assert (statistics["best_display"], statistics["worst_display"]) == ("50", "-10")
    assert statistics["max_drawdown_display"] == "10"
    # 100 bought and 110 sold, 100 bought and 98 sold, at R$ 5.00.
    assert statistics["volume_display"] == "2040"


def test_percentages_are_of_what_the_bots_were_given(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice), sells=[("110000", "0.001")])
    make_bot(alice, capital=Decimal(100), capital_currency="USDT")
    make_bot(alice, capital=Decimal(999), deleted_at=utc_now())
    portfolio = read(alice)
    assert portfolio["capital_display"] == "1000"
    # Its trade is older than the other bots.
    assert (portfolio["realised_pnl_percent"], portfolio["realised_today_percent"]) == ("10", "0")
    assert portfolio["unrealised_pnl_percent"] == "0"


def test_a_sale_of_a_part_counts_on_its_day(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice), buys=[("100000", "0.002")], sells=[("110000", "0.001")])
    portfolio = read(alice)
    assert portfolio["daily"] == [{"date": "2026-11-10", "realised_pnl_display": "50", "trades": 0}]
    assert len(portfolio["open_trades"]) == 1


def test_days_are_those_of_the_asked_time_zone(alice: Person, venue: FakeVenue) -> None:
    late = datetime(2026, 11, 11, 0, 30, tzinfo=UTC)
    make_trade(make_bot(alice), sells=[("110000", "0.001")], opened_at=late)
    assert read(alice)["daily"][0]["date"] == "2026-11-11"
    assert read(alice, "?timezone=America/Sao_Paulo")["daily"][0]["date"] == "2026-11-10"


@pytest.mark.parametrize(
    "zone", ["Mars/Base", "../../etc/passwd", "/etc/localtime", "x" * 61, "America", "%00"]
)
def test_a_time_zone_that_is_none_is_refused(alice: Person, venue: FakeVenue, zone: str) -> None:
    answer = alice.client.get(f"/api/portfolio/?timezone={zone}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["timezone"])


def test_old_prices_of_an_exchange_that_does_not_answer_are_marked_as_stale(
    alice: Person, venue: FakeVenue
) -> None:
    assert read(alice)["stale"] is False
    then = utc_now() - timedelta(minutes=1)
    venue.publish(then)
    venue.reachable = False
    portfolio = read(alice)
    assert (portfolio["stale"], portfolio["value_display"]) == (True, "5060")
    assert datetime.fromisoformat(portfolio["prices_as_of"]) == then


def test_a_venue_that_nobody_watches_is_asked_once_for_all_viewers(
    alice: Person, venue: FakeVenue, redis: Any
) -> None:
    make_trade(make_bot(alice))
    redis.flushdb()
    venue.prices["USDT/BRL"] = Decimal(6)
    for _ in range(3):
        portfolio = read(alice)
        assert (portfolio["value_display"], portfolio["stale"]) == ("6060", False)
        assert portfolio["open_trades"][0]["last_price"] == "100000"
    assert venue.asked == 2  # the instruments, and all prices at once


def test_an_exchange_that_does_not_answer_is_not_asked_by_every_viewer(
    alice: Person, venue: FakeVenue, redis: Any
) -> None:
    redis.flushdb()
    venue.reachable = False
    for _ in range(3):
        read(alice)
    assert venue.asked == 1


def test_without_prices_the_history_is_still_there(alice: Person, venue: FakeVenue, redis: Any) -> None:
    venue.reachable = False
    make_trade(make_bot(alice), sells=[("110000", "0.001")])
    make_trade(make_bot(alice))
    redis.flushdb()
    portfolio = read(alice)
    assert portfolio["realised_pnl_display"] == "50"
    assert (portfolio["value_display"], portfolio["stale"]) == ("60", True)
    assert portfolio["open_trades"][0]["last_price"] is portfolio["prices_as_of"] is None


def test_the_portfolio_takes_the_same_queries_for_many_trades_as_for_few(
    alice: Person, venue: FakeVenue, django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        bot = make_bot(alice)
        make_key(alice.user)
        for _ in range(5):
            make_trade(bot, sells=[("110000", "0.001")])
        make_trade(bot)
    with django_assert_num_queries(6):  # who asks, their stamp, open trades, keys, the trades, last sales
        read(alice)
    with django_assert_num_queries(4):  # without anything new, who asks, their stamp, open trades, keys
        read(alice)
