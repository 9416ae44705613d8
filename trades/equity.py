"""The realised result over time: by day, as a curve, and how far it fell from its best. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal, localcontext
from itertools import groupby

from trades.pnl import EXACT

ZERO = Decimal(0)
MAX_POINTS = 1_000


@dataclass(frozen=True, slots=True)
class Realised:
    """What was realised when. `closes` is False for a part of a trade that is still open."""

    at: datetime
    amount: Decimal
    closes: bool


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    realised_pnl_display: Decimal
    trades: int


@dataclass(frozen=True, slots=True)
class Point:
    at: datetime
    realised_pnl_display: Decimal


@dataclass(frozen=True, slots=True)
class PathPoint(Point):
    """`drawdown_display` is how far the total is below its best so far, as a positive amount."""

    drawdown_display: Decimal


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall from a best so far (which starts at zero), from when to when, and the fall at the end."""

    amount: Decimal = ZERO
    since: datetime | None = None
    until: datetime | None = None
    current: Decimal = ZERO


def by_day(realised: Iterable[Realised], zone: tzinfo) -> list[Day]:
    """Days of this time zone on which something was realised, oldest first."""

    def day_of(item: Realised) -> date:
        return item.at.astimezone(zone).date()

    days = []
    with localcontext(EXACT):
        for day, group in groupby(sorted(realised, key=lambda item: item.at), key=day_of):
            items = list(group)
            total = sum((item.amount for item in items), ZERO)
            days.append(Day(day, total, sum(item.closes for item in items)))
    return days


def build_curve(realised: Iterable[Realised], limit: int = MAX_POINTS) -> list[Point]:
    """The running total after each result, oldest first; thinned evenly to `limit` points, the last one kept."""
    total, points = ZERO, []
    with localcontext(EXACT):
        for item in sorted(realised, key=lambda item: item.at):
            total += item.amount
            points.append(Point(item.at, total))
    return _thin(points, limit)


def build_path(results: Iterable[tuple[datetime, Decimal]], limit: int = MAX_POINTS) -> list[PathPoint]:
    """As a curve with its drawdown, of results that come oldest first; no high or low is lost by being thinned."""
    total = best = ZERO
    points = []
    with localcontext(EXACT):
        for at, amount in results:
            total += amount
            best = max(best, total)
            points.append(PathPoint(at, total, best - total))
    return _thin_between_ends(points, limit)


def find_drawdown(points: Sequence[tuple[datetime, Decimal]]) -> Drawdown:
    """Of running totals, oldest first."""
    best, best_at = ZERO, points[0][0] if points else None
    deepest = Drawdown()
    for at, total in points:
        if total >= best:
            best, best_at = total, at
        elif best - total > deepest.amount:
            deepest = Drawdown(best - total, best_at, at)
    current = best - points[-1][1] if points else ZERO
    return Drawdown(deepest.amount, deepest.since, deepest.until, current)


def _thin(points: Sequence[Point], limit: int) -> list[Point]:
    if len(points) <= limit:
        return list(points)
    step = -(-len(points) // limit)
    # Counted from the end, so that the newest total is always the last point.
    return list(points[::-1][::step])[::-1]


def _thin_between_ends(points: Sequence[PathPoint], limit: int) -> list[PathPoint]:
    """Of each stretch its highest, its lowest and its last point."""
    if len(points) <= limit:
        return list(points)
    length = -(-len(points) * 3 // limit)
    kept: list[PathPoint] = []
    for begin in range(0, len(points), length):
        stretch = range(begin, min(begin + length, len(points)))
        highest = max(stretch, key=lambda place: points[place].realised_pnl_display)
        lowest = min(stretch, key=lambda place: points[place].realised_pnl_display)
        kept.extend(points[place] for place in sorted({highest, lowest, stretch[-1]}))
    return kept
