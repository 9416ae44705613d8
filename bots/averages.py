"""A strategy's average at every moment of a chart, as the engine had it then. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from exchanges.domain import Candle


@dataclass(frozen=True, slots=True)
class Average:
    """`value` is the mean close of the last closed candles, None while there are too few; `candles` counts the closed."""

    value: Decimal | None
    candles: int


def rolling_averages(closes: Sequence[Decimal], window: int) -> list[Decimal | None]:
    """After each number of closes, from none to all of them, the mean of the last `window`: what Series.average says."""
    averages: list[Decimal | None] = [None] * min(window, len(closes) + 1)
    total = sum(closes[: window - 1], Decimal())
    for index in range(window - 1, len(closes)):
        total += closes[index]
        averages.append(total / window)
        total -= closes[index + 1 - window]
    return averages


def averages_at(
    moments: Sequence[datetime], candles: Sequence[Candle], length: timedelta, window: int
) -> list[Average]:
    """For each moment (oldest first) the average of the candles that had closed by then.

    The newest candle is the forming one, whatever our own clock says.
    """
    closed = candles[:-1]
    averages = rolling_averages([candle.close.normalize() for candle in closed], window)
    found: list[Average] = []
    count = 0
    for moment in moments:
        while count < len(closed) and closed[count].open_time + length <= moment:
            count += 1
        found.append(Average(averages[count], count))
    return found
