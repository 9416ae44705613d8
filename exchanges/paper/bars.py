"""Price bars in whole ticks and lots, and how they add up."""

from collections.abc import Iterable
from typing import NamedTuple


class Bar(NamedTuple):
    """What happened in a stretch of time: prices in ticks, volume in lots, the number of trades."""

    open: int
    high: int
    low: int
    close: int
    volume: int
    trades: int


class Candle(NamedTuple):
    """A bar with its period: open and close time in milliseconds, the close inclusive (…999)."""

    open_time: int
    close_time: int
    bar: Bar


def merge_bars(bars: Iterable[Bar]) -> Bar:
    """One bar over consecutive ones, which must not be empty."""
    rows = list(bars)
    if len(rows) == 1:
        return rows[0]
    return Bar(
        rows[0].open,
        max(row.high for row in rows),
        min(row.low for row in rows),
        rows[-1].close,
        sum(row.volume for row in rows),
        sum(row.trades for row in rows),
    )
