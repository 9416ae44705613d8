"""How results are spread: a histogram with round edges. Pure."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext

from trades.pnl import EXACT

BINS = 20
# Of a hundred results so many at either end may lie outside the bins, lest one of them makes all others look alike.
OUTSIDE = 1
STEPS = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Bin:
    """So many results are at least `from_percent` and less than `to_percent`; None is without an end."""

    from_percent: Decimal | None
    to_percent: Decimal | None
    trades: int


def make_bins(percents: Sequence[Decimal], bins: int = BINS) -> list[Bin]:
    """About so many bins of one round width, one edge at zero; what lies far outside is in an open one at that end."""
    if not percents:
        return []
    with localcontext(EXACT):
        ordered = sorted(percents)
        edges = _edges(ordered, bins)
        below = [bisect_left(ordered, edge) for edge in edges]
    ends: list[Decimal | None] = [None, *edges, None]
    counts = [0, *below, len(ordered)]
    found = [
        Bin(ends[number], ends[number + 1], counts[number + 1] - counts[number])
        for number in range(len(edges) + 1)
    ]
    return [each for each in found if each.trades or None not in (each.from_percent, each.to_percent)]


def _edges(ordered: Sequence[Decimal], bins: int) -> list[Decimal]:
    outside = len(ordered) * OUTSIDE // 100
    low, high = ordered[outside], ordered[-1 - outside]
    step = _round_up(((high - low) or abs(high) or Decimal(1)) / bins)
    first, last = ((edge / step).to_integral_value(ROUND_FLOOR) for edge in (low, high))
    return [step * number for number in range(int(first), int(last) + 2)]


def _round_up(width: Decimal) -> Decimal:
    """To 1, 2 or 5 times a power of ten."""
    power = Decimal(1).scaleb(width.adjusted())
    return next(power * step for step in STEPS if power * step >= width)
