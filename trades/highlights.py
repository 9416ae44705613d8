"""What single closed trades tell beyond the totals: the best and the worst, streaks, typical wins and losses. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from itertools import groupby

from trades.pnl import EXACT
from trades.results import Result, Tally
from trades.statistics import MONEY_PLACES, RATIO_PLACES

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class DayResult:
    date: date
    realised_pnl_display: Decimal


@dataclass(frozen=True, slots=True)
class SymbolResult:
    symbol: str
    realised_pnl_display: Decimal


@dataclass(frozen=True, slots=True)
class Highlights:
    """Of trades with a known result; `unknown_results` counts the others. None where there is none of a kind.

    `expectancy_ratio` is the mean result over the mean loss. A streak is broken by the opposite only, not by a trade
    that came out even.
    """

    unknown_results: int
    expectancy_ratio: Decimal | None
    average_win_display: Decimal | None
    average_loss_display: Decimal | None
    average_win_seconds: int | None
    average_loss_seconds: int | None
    best_trade: Result | None
    worst_trade: Result | None
    best_day: DayResult | None
    worst_day: DayResult | None
    winning_days: int
    losing_days: int
    best_symbol: SymbolResult | None
    worst_symbol: SymbolResult | None
    longest_winning_streak: int
    longest_losing_streak: int


def find_highlights(
    closed: Sequence[Result], days: Mapping[date, Tally], symbols: Mapping[str, Tally]
) -> Highlights:
    """`closed` in the order of their ends; `days` and `symbols` are those that had a result."""
    known = [(result, result.pnl) for result in closed if result.pnl is not None]
    wins = [(result, pnl) for result, pnl in known if pnl > 0]
    losses = [(result, pnl) for result, pnl in known if pnl < 0]
    by_day = [DayResult(day, tally.amount) for day, tally in days.items()]
    by_symbol = [SymbolResult(symbol, tally.amount) for symbol, tally in symbols.items()]
    with localcontext(EXACT):
        mean, loss = _mean([pnl for _, pnl in known]), _mean([pnl for _, pnl in losses])
        return Highlights(
            unknown_results=len(closed) - len(known),
            expectancy_ratio=(mean / -loss).quantize(RATIO_PLACES) if mean is not None and loss else None,
            average_win_display=_money(_mean([pnl for _, pnl in wins])),
            average_loss_display=_money(loss),
            average_win_seconds=_average_seconds([result for result, _ in wins]),
            average_loss_seconds=_average_seconds([result for result, _ in losses]),
            best_trade=max(known, key=lambda each: each[1], default=(None, ZERO))[0],
            worst_trade=min(known, key=lambda each: each[1], default=(None, ZERO))[0],
            best_day=max(by_day, key=lambda day: day.realised_pnl_display, default=None),
            worst_day=min(by_day, key=lambda day: day.realised_pnl_display, default=None),
            winning_days=sum(day.realised_pnl_display > 0 for day in by_day),
            losing_days=sum(day.realised_pnl_display < 0 for day in by_day),
            best_symbol=max(by_symbol, key=lambda each: each.realised_pnl_display, default=None),
            worst_symbol=min(by_symbol, key=lambda each: each.realised_pnl_display, default=None),
            longest_winning_streak=_longest_streak((pnl for _, pnl in known), won=True),
            longest_losing_streak=_longest_streak((pnl for _, pnl in known), won=False),
        )


def _mean(amounts: Sequence[Decimal]) -> Decimal | None:
    return sum(amounts, ZERO) / len(amounts) if amounts else None


def _money(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(MONEY_PLACES)


def _average_seconds(results: Sequence[Result]) -> int | None:
    if not results:
        return None
    return round(sum((each.closed_at - each.opened_at).total_seconds() for each in results) / len(results))


def _longest_streak(amounts: Iterable[Decimal], *, won: bool) -> int:
    outcomes = (amount > 0 for amount in amounts if amount)
    return max((len(list(run)) for outcome, run in groupby(outcomes) if outcome is won), default=0)
