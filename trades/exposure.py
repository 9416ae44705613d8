"""For how much of a time anything was held. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from trades.pnl import EXACT

PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Held:
    """Of a time that begins at `since`: how long something was held, and since when it still is."""

    since: datetime | None
    closed: timedelta = timedelta()
    still_since: datetime | None = None


def join_times(
    times: Iterable[tuple[datetime, datetime | None]], first: datetime | None, last: datetime | None
) -> Held:
    """The union of when each trade was open, None being not yet closed, between two moments where they are given.

    The time begins with the first trade, or at `first` if that trade is older.
    """
    begun: datetime | None = None
    closed, still_since, reached = timedelta(), None, None
    for start, end in sorted(_cut(times, first, last), key=lambda each: each[0]):
        begun = begun or start
        start = start if reached is None else max(start, reached)
        if end is None:
            still_since = start
            break
        if end > start:
            closed, reached = closed + (end - start), end
    return Held(begun, closed, still_since)


def share_held(held: Held, end: datetime) -> Decimal | None:
    """As a fraction of the time until `end`; None before the first trade."""
    if held.since is None or end <= held.since:
        return None
    time = held.closed + (max(end - held.still_since, timedelta()) if held.still_since else timedelta())
    with localcontext(EXACT):
        return (_microseconds(time) / _microseconds(end - held.since)).quantize(PLACES)


def _cut(
    times: Iterable[tuple[datetime, datetime | None]], first: datetime | None, last: datetime | None
) -> Iterable[tuple[datetime, datetime | None]]:
    for start, end in times:
        begin = start if first is None else max(start, first)
        stop = end if last is None else min(end or last, last)
        if stop is None or begin <= stop:
            yield begin, stop


def _microseconds(time: timedelta) -> Decimal:
    return Decimal(time // timedelta(microseconds=1))
