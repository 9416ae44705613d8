"""Price bars in whole ticks and lots, and how they add up."""

from collections.abc import Iterable
from typing import NamedTuple

from .instruments import ONE_UNITS, Instrument


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


def worth_units(instrument: Instrument, bar: Bar, lots: int) -> int:
    """What a volume was worth, in units of the eighth decimal of the quote asset.

    It is taken at the middle of the bar's four prices, for no finer record of it exists.
    """
    total: int = (bar.open + bar.high + bar.low + bar.close) * instrument.tick_units
    return total * lots * instrument.lot_units // (4 * ONE_UNITS)
