"""Statistics, days, curves and drawdowns: pure figures over pure values."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from trades.equity import Day, Realised, build_curve, by_day, find_drawdown
from trades.statistics import ClosedTrade, summarise

START = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)


def closed(*results: str) -> list[ClosedTrade]:
    """Trades of an hour each, one after another, of 100 in volume and 0.1 in fees."""
    return [
        ClosedTrade(
            opened_at=START + timedelta(hours=number),
            closed_at=START + timedelta(hours=number + 1),
            pnl=Decimal(result),
            volume=Decimal(100),
            fees=Decimal("0.1"),
        )
        for number, result in enumerate(results)
    ]


def realised(*amounts: str, every: timedelta = timedelta(hours=1)) -> list[Realised]:
    return [Realised(START + every * number, Decimal(amount), True) for number, amount in enumerate(amounts)]


def test_a_known_history_has_the_figures_worked_out_by_hand() -> None:
    found = summarise(closed("10", "-4", "6", "-2", "0"))
    assert (found.trades, found.wins, found.losses) == (5, 2, 2)
    assert found.win_rate == Decimal("0.4")
    assert found.profit_factor == Decimal("2.6667")
    assert found.expectancy_display == Decimal(2)
    assert (found.best_display, found.worst_display) == (Decimal(10), Decimal(-4))
    assert found.average_duration_seconds == 3600
    assert (found.volume_display, found.fees_display) == (Decimal(500), Decimal("0.5"))
    assert found.max_drawdown_display == Decimal(4)
    assert found.max_drawdown_from == START + timedelta(hours=1)
    assert found.max_drawdown_to == START + timedelta(hours=2)
    assert found.current_drawdown_display == Decimal(2)
    assert found.system_quality is None


def test_the_system_quality_needs_ten_trades() -> None:
    results = ("10", "-4", "6", "-2", "0")
    assert summarise(closed(*results, *results[1:])).system_quality is None
    # Mean 2, sample deviation sqrt(272 / 9), ten trades.
    assert summarise(closed(*results, *results)).system_quality == Decimal("1.1504")


def test_without_trades_what_needs_one_is_unknown_and_sums_are_zero() -> None:
    found = summarise([])
    assert (found.trades, found.volume_display, found.max_drawdown_display) == (0, Decimal(), Decimal())
    unknown = (
        found.win_rate,
        found.profit_factor,
        found.expectancy_display,
        found.best_display,
        found.average_duration_seconds,
        found.system_quality,
        found.first_trade_at,
    )
    assert set(unknown) == {None}


def test_without_a_loss_there_is_no_profit_factor() -> None:
    assert summarise(closed("1", "2")).profit_factor is None


def test_a_result_without_a_rate_counts_as_a_trade_and_as_nothing_else() -> None:
    unknown = ClosedTrade(START, START, None, None, None)
    found = summarise([*closed("5"), unknown])
    assert (found.trades, found.wins, found.win_rate) == (2, 1, Decimal(1))


def test_a_day_ends_at_the_midnight_of_its_zone() -> None:
    late = [Realised(datetime(2026, 11, 11, 1, 30, tzinfo=UTC), Decimal(7), True)]
    assert by_day(late, UTC) == [Day(date(2026, 11, 11), Decimal(7), 1)]
    assert by_day(late, ZoneInfo("America/Sao_Paulo")) == [Day(date(2026, 11, 10), Decimal(7), 1)]


def test_a_part_of_an_open_trade_adds_to_the_day_but_not_to_its_trades() -> None:
    part = [Realised(START, Decimal(3), False), Realised(START, Decimal(4), True)]
    assert by_day(part, UTC) == [Day(START.date(), Decimal(7), 1)]


def test_a_curve_is_thinned_to_its_limit_and_keeps_the_newest_point() -> None:
    curve = build_curve(realised(*["1"] * 2_501), limit=100)
    assert len(curve) <= 100
    assert curve[-1].realised_pnl_display == Decimal(2_501)
    assert [point.at for point in curve] == sorted(point.at for point in curve)


def test_losses_from_the_first_trade_on_are_a_drawdown() -> None:
    assert find_drawdown([(START, Decimal(-5)), (START, Decimal(-3))]).amount == Decimal(5)


amounts = some.lists(
    some.decimals(min_value=-10_000, max_value=10_000, places=8).map(lambda number: str(number)), max_size=40
)


@given(amounts)
def test_days_curve_and_totals_agree(results: list[str]) -> None:
    history = realised(*results, every=timedelta(hours=7))
    total = sum((Decimal(result) for result in results), Decimal())
    assert sum((day.realised_pnl_display for day in by_day(history, UTC)), Decimal()) == total
    assert sum(day.trades for day in by_day(history, UTC)) == len(results)
    if results:
        assert build_curve(history)[-1].realised_pnl_display == total


@given(amounts)
def test_a_drawdown_is_the_greatest_fall_between_any_two_points(results: list[str]) -> None:
    totals, total = [Decimal()], Decimal()
    for result in results:
        total += Decimal(result)
        totals.append(total)
    falls = [before - after for place, before in enumerate(totals) for after in totals[place:]]
    points = [(START + timedelta(hours=number), total) for number, total in enumerate(totals[1:])]
    assert find_drawdown(points).amount == max(falls)
