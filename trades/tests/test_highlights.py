"""Best and worst, streaks, the spread of results, and for how long something was held."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from trades.distribution import Bin, make_bins
from trades.equity import build_path
from trades.exposure import Held, join_times, share_held
from trades.highlights import Highlights, find_highlights
from trades.results import Result, tally_by

START = datetime(2026, 11, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def results(*pnls: str | None) -> list[Result]:
    """One a day, of as many hours as its place; None is unknown."""
    return [
        Result(
            opened_at=START + number * 24 * HOUR - (number + 1) * HOUR,
            closed_at=START + number * 24 * HOUR,
            pnl=None if pnl is None else Decimal(pnl),
            volume=Decimal(100),
            fees=Decimal(1),
            trade_id=number,
            bot_id=1,
            symbol="AB"[number % 2],
            day=(START + number * 24 * HOUR).date(),
            is_closed=True,
            amount=Decimal(pnl or 0),
            percent=None,
        )
        for number, pnl in enumerate(pnls)
    ]


def highlights(closed: list[Result]) -> Highlights:
    days = tally_by(closed, lambda each: each.day, lambda _: 0)
    return find_highlights(closed, days, tally_by(closed, lambda each: each.symbol, lambda _: 0))


def test_a_known_history_has_the_figures_worked_out_by_hand() -> None:
    closed = results("4", "6", "0", "2", "-8", None, "-2", "1")
    found = highlights(closed)
    assert found.unknown_results == 1
    assert (found.average_win_display, found.average_loss_display) == (Decimal("3.25"), Decimal(-5))
    # A mean of 3/7 over a mean loss of 5.
    assert found.expectancy_ratio == Decimal("0.0857")
    assert (found.longest_winning_streak, found.longest_losing_streak) == (3, 2)
    assert (found.average_win_seconds, found.average_loss_seconds) == (
        (1 + 2 + 4 + 8) * 900,
        (5 + 7) * 1800,
    )
    assert found.best_trade is closed[1]
    assert found.worst_trade is closed[4]
    assert (found.winning_days, found.losing_days) == (4, 2)
    assert found.best_day is not None
    assert found.best_symbol is not None
    assert (found.best_day.realised_pnl_display, found.best_symbol.symbol) == (Decimal(6), "B")


def test_without_a_known_result_nothing_is_best() -> None:
    found = highlights(results(None, None))
    assert (found.unknown_results, found.best_trade, found.expectancy_ratio) == (2, None, None)
    assert (found.longest_winning_streak, found.average_win_seconds) == (0, None)
    assert highlights([]).best_day is None


percentages = some.lists(some.decimals(min_value=-90, max_value=400, places=4), min_size=1, max_size=300)


@given(percentages)
def test_every_result_is_in_one_bin_and_bins_touch(percents: list[Decimal]) -> None:
    bins = make_bins(percents)
    assert sum(each.trades for each in bins) == len(percents)
    for each in bins:
        low, high = each.from_percent, each.to_percent
        inside = [p for p in percents if (low is None or p >= low) and (high is None or p < high)]
        assert len(inside) == each.trades
    assert all(before.to_percent == after.from_percent for before, after in pairwise(bins))
    assert len(bins) <= 24


def test_bins_are_round_and_none_has_wins_and_losses() -> None:
    bins = make_bins([Decimal(each) for each in ("-3.2", "-0.1", "0.1", "1.9", "6.4")])
    assert Bin(Decimal("-0.5"), Decimal(0), 1) in bins
    assert Bin(Decimal(0), Decimal("0.5"), 1) in bins
    assert (bins[0].from_percent, bins[-1].to_percent) == (Decimal("-3.5"), Decimal("6.5"))


def test_one_result_alone_is_in_a_bin_too() -> None:
    for percent in ("0", "2", "-0.0001"):
        assert sum(each.trades for each in make_bins([Decimal(percent)])) == 1
    assert make_bins([]) == []


def test_what_lies_far_outside_shares_an_open_bin() -> None:
    bins = make_bins([*(Decimal(number) / 100 for number in range(-100, 100)), Decimal(900)])
    assert (bins[-1].to_percent, bins[-1].trades) == (None, 1)
    assert bins[-1].from_percent is not None
    assert bins[-1].from_percent < 2


def test_a_path_of_many_points_keeps_its_highs_and_lows() -> None:
    amounts = [Decimal(1)] * 5_000 + [Decimal(-700)] + [Decimal(1)] * 4_999
    path = build_path([(START + number * HOUR, amount) for number, amount in enumerate(amounts)])
    assert len(path) <= 1_000
    totals = [point.realised_pnl_display for point in path]
    assert (max(totals), totals[-1]) == (Decimal(9_299), Decimal(9_299))
    assert {5_000, 4_300} <= set(totals)
    assert max(point.drawdown_display for point in path) == 700
    assert [point.at for point in path] == sorted({point.at for point in path})


def test_times_that_overlap_count_once() -> None:
    times = [(START + begin * HOUR, START + end * HOUR) for begin, end in ((0, 3), (1, 2), (2, 5), (8, 9))]
    held = join_times(times, None, None)
    assert held == Held(START, 6 * HOUR)
    assert share_held(held, START + 12 * HOUR) == Decimal("0.5")


def test_a_period_cuts_what_was_held_at_both_ends() -> None:
    times = [(START, START + 4 * HOUR), (START + 6 * HOUR, None)]
    held = join_times(times, START + 2 * HOUR, START + 7 * HOUR)
    assert held == Held(START + 2 * HOUR, 3 * HOUR)
    assert share_held(held, START + 7 * HOUR) == Decimal("0.6")


def test_what_is_still_held_is_held_until_now() -> None:
    held = join_times([(START, START + HOUR), (START + 3 * HOUR, None)], None, None)
    assert share_held(held, START + 4 * HOUR) == Decimal("0.5")
    assert share_held(held, START + 6 * HOUR) == Decimal("0.6667")
    assert share_held(join_times([], None, None), START) is None
