"""How well trading went, from what each closed trade brought. Pure; money in one display currency.

A trade wins if it brought more than nothing and loses if less; one that came out even does neither. What needs a loss, a
win or a trade to be defined is None without one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from trades.equity import Drawdown, find_drawdown
from trades.pnl import EXACT

# Fewer tell of chance alone.
LEAST_TRADES = 10
RATIO_PLACES = Decimal("0.0001")
MONEY_PLACES = Decimal("0.00000001")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ClosedTrade:
    """`pnl`, `volume` (bought and sold) and `fees` are in the display currency; None where no rate is known.

    `pnl` is None too where the coins were sold by hand, for nobody knows how much.
    """

    opened_at: datetime
    closed_at: datetime
    pnl: Decimal | None
    volume: Decimal | None
    fees: Decimal | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """`win_rate` is a fraction; the drawdown is how far the result once fell from its best, as a positive amount."""

    trades: int
    wins: int
    losses: int
    win_rate: Decimal | None
    profit_factor: Decimal | None
    expectancy_display: Decimal | None
    best_display: Decimal | None
    worst_display: Decimal | None
    average_duration_seconds: int | None
    volume_display: Decimal
    fees_display: Decimal
    max_drawdown_display: Decimal
    max_drawdown_from: datetime | None
    max_drawdown_to: datetime | None
    current_drawdown_display: Decimal
    system_quality: Decimal | None
    first_trade_at: datetime | None
    latest_trade_at: datetime | None


def summarise(trades: Sequence[ClosedTrade]) -> Statistics:
    """The statistics of these trades, in whatever order they come."""
    with localcontext(EXACT):
        return _summarise(sorted(trades, key=lambda trade: trade.closed_at))


def _summarise(trades: Sequence[ClosedTrade]) -> Statistics:
    results = [trade.pnl for trade in trades if trade.pnl is not None]
    wins = [pnl for pnl in results if pnl > 0]
    losses = [pnl for pnl in results if pnl < 0]
    drawdown = _drawdown(trades)
    return Statistics(
        trades=len(trades),
        wins=len(wins),
        losses=len(losses),
        win_rate=ratio(Decimal(len(wins)), Decimal(len(results))),
        profit_factor=ratio(sum(wins, ZERO), -sum(losses, ZERO)),
        expectancy_display=_mean(results),
        best_display=max(results, default=None),
        worst_display=min(results, default=None),
        average_duration_seconds=_average_duration(trades),
        volume_display=sum((trade.volume or ZERO for trade in trades), ZERO),
        fees_display=sum((trade.fees or ZERO for trade in trades), ZERO),
        max_drawdown_display=drawdown.amount,
        max_drawdown_from=drawdown.since,
        max_drawdown_to=drawdown.until,
        current_drawdown_display=drawdown.current,
        system_quality=_system_quality(results),
        first_trade_at=min((trade.opened_at for trade in trades), default=None),
        latest_trade_at=max((trade.opened_at for trade in trades), default=None),
    )


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(RATIO_PLACES) if whole else None


def _mean(results: Sequence[Decimal]) -> Decimal | None:
    return (sum(results, ZERO) / len(results)).quantize(MONEY_PLACES) if results else None


def _average_duration(trades: Sequence[ClosedTrade]) -> int | None:
    if not trades:
        return None
    return round(sum((trade.closed_at - trade.opened_at).total_seconds() for trade in trades) / len(trades))


def _drawdown(trades: Sequence[ClosedTrade]) -> Drawdown:
    total, points = ZERO, []
    for trade in trades:
        total += trade.pnl or ZERO
        points.append((trade.closed_at, total))
    return find_drawdown(points)


def _system_quality(results: Sequence[Decimal]) -> Decimal | None:
    """The mean result over its standard deviation, times the root of the number of trades (van Tharp's SQN).

    None of fewer than LEAST_TRADES.
    """
    count = len(results)
    if count < LEAST_TRADES:
        return None
    mean = sum(results, ZERO) / count
    variance = sum(((result - mean) ** 2 for result in results), ZERO) / (count - 1)
    if not variance:
        return None
    return (mean / variance.sqrt() * Decimal(count).sqrt()).quantize(RATIO_PLACES)
