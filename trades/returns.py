"""Figures made of the returns of days. Pure; all Decimal.

A day's return is what was realised on it, each result as a fraction of the capital of its moment; a day without a result
is a return of zero and counts. Bots are given a capital and do not trade with what they earned, so returns are added
up and not compounded: an account that begins as 1 is 1 plus all returns. A year has 365 days, and nothing is taken off
for what the money would have earned elsewhere.

What is carried over to a year says nothing after a few days or a few trades; it is None before LEAST_DAYS days and, where
it tells of chance, LEAST_TRADES trades.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import groupby

from trades.pnl import EXACT
from trades.statistics import LEAST_TRADES

DAYS_OF_A_YEAR = 365
LEAST_DAYS = 30
PLACES = Decimal("0.0001")
# Beyond it a figure has more digits than sense.
MOST = Decimal(10) ** 12
HUNDRED = Decimal(100)
ZERO = Decimal(0)
ONE = Decimal(1)


Run = tuple[int, Decimal]


@dataclass(frozen=True, slots=True)
class Falls:
    """In percent: the deepest, and that of the end."""

    deepest: Decimal | None
    current: Decimal | None


@dataclass(frozen=True, slots=True)
class Returns:
    """`by_day` are the returns of the days that had a result, of `days` days in all; `trades` made them."""

    by_day: Collection[Decimal]
    days: int
    trades: int


def sharpe(returns: Returns) -> Decimal | None:
    """The mean of the days' returns over their sample deviation, times the root of the days of a year."""
    if not _tells_of_chance(returns):
        return None
    with localcontext(EXACT):
        mean = _mean(returns)
        without = returns.days - len(returns.by_day)
        squares = sum(((each - mean) ** 2 for each in returns.by_day), ZERO) + without * mean**2
        return _annualise(mean, (squares / (returns.days - 1)).sqrt())


def sortino(returns: Returns) -> Decimal | None:
    """As Sharpe's ratio, over the root of the mean square of the returns below zero, taken over all days."""
    if not _tells_of_chance(returns):
        return None
    with localcontext(EXACT):
        squares = sum((each**2 for each in returns.by_day if each < 0), ZERO)
        return _annualise(_mean(returns), (squares / returns.days).sqrt())


def yearly_growth(returns: Returns) -> Decimal | None:
    """The compound annual growth rate in percent: (1 + all returns) ^ (365 / days) - 1; None where nothing is left."""
    with localcontext(EXACT):
        account = ONE + sum(returns.by_day, ZERO)
        if returns.days < LEAST_DAYS or not returns.trades or account <= 0:
            return None
        exponent = Decimal(DAYS_OF_A_YEAR) / returns.days
        return rounded(((account.ln() * exponent).exp() - 1) * HUNDRED)


def calmar(growth: Decimal | None, drawdown: Decimal | None) -> Decimal | None:
    """The yearly growth over the deepest fall, both in percent; None without a fall."""
    if growth is None or not drawdown:
        return None
    with localcontext(EXACT):
        return rounded(growth / drawdown)


def find_runs(results: Iterable[tuple[int, Decimal]]) -> list[Run]:
    """Results, oldest first, by the place of their capital: wins that follow on one another as one, and losses too.

    Only at a run's end can an account be at its best or at its lowest.
    """
    with localcontext(EXACT):
        grouped = groupby(results, key=lambda result: (result[0], result[1] > 0))
        return [(place, sum((amount for _, amount in run), ZERO)) for (place, _), run in grouped]


def falls_of_account(runs: Iterable[Run], capital: Sequence[Decimal | None]) -> Falls | None:
    """How far an account that began as 1 was below its best so far, in percent of that best; None without a capital."""
    account = best = ONE
    deepest = current = ZERO
    with localcontext(EXACT):
        for place, amount in runs:
            own = capital[place]
            if not own:
                return None
            account += amount / own
            best = max(best, account)
            current = (best - account) / best
            deepest = max(deepest, current)
        return Falls(rounded(deepest * HUNDRED), rounded(current * HUNDRED))


def rounded(value: Decimal) -> Decimal | None:
    return value.quantize(PLACES) if abs(value) < MOST else None


def _tells_of_chance(returns: Returns) -> bool:
    return returns.days >= LEAST_DAYS and returns.trades >= LEAST_TRADES


def _mean(returns: Returns) -> Decimal:
    return sum(returns.by_day, ZERO) / returns.days


def _annualise(mean: Decimal, deviation: Decimal) -> Decimal | None:
    return rounded(mean / deviation * Decimal(DAYS_OF_A_YEAR).sqrt()) if deviation else None
