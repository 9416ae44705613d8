"""The closed candles of one (symbol, timeframe), kept up to date with as little asking as possible. No I/O."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from exchanges.domain import Candle
from exchanges.market_data.view import Series
from exchanges.timeframes import length_of

# One request answers a thousand candles, and the newest of them is still forming.
MAX_WINDOW = 999


class CandleBook:
    """Holds the closes of the last `window` closed candles."""

    def __init__(self, timeframe: str) -> None:
        self._length: timedelta = length_of(timeframe)
        self._window = 0
        self._closes: dict[datetime, Decimal] = {}
        self._loaded_window = 0
        self._series: Series | None = None

    def require(self, window: int) -> None:
        """Hold this many from now on, at most MAX_WINDOW."""
        self._window = min(window, MAX_WINDOW)

    def missing(self, time: datetime) -> int:
        """How many candles to ask for at `time`, the forming one included; 0 while no further one has closed."""
        if not self._closes or self._window > self._loaded_window:
            return self._window + 1
        closed_since = (time - max(self._closes)) // self._length - 1
        return min(closed_since, self._window) + 1 if closed_since > 0 else 0

    def add(self, candles: Sequence[Candle]) -> None:
        """Take what `missing` asked for.

        The newest candle is the forming one: a candle is closed once the exchange has a later one, whatever our own
        clock says. What comes after a gap, because more have closed since they were asked for, replaces what was
        before it, and `missing` asks for all of them.
        """
        *closed, _ = sorted(candles, key=lambda candle: candle.open_time)
        self._loaded_window = self._window
        newest = max(self._closes, default=None)
        if newest is not None and closed and closed[0].open_time > newest + self._length:
            self._closes = {}
            self._loaded_window = self._window if len(closed) >= self._window else 0
        self._keep(closed)

    def append(self, closed: Candle) -> bool:
        """Take a candle that the exchange says has closed, if it is the one after the newest or corrects that one.

        After a gap it is left to `missing` to ask for all that lacks. Returns whether it was taken.
        """
        newest = max(self._closes, default=None)
        if newest is None or closed.open_time not in (newest, newest + self._length):
            return False
        self._keep([closed])
        return True

    def _keep(self, closed: Sequence[Candle]) -> None:
        # Normalised once here, since they are written out again and again.
        self._closes |= {candle.open_time: candle.close.normalize() for candle in closed}
        kept = sorted(self._closes)[-self._window :]
        self._closes = {time: self._closes[time] for time in kept}
        self._series = Series(kept[-1], tuple(self._closes.values())) if kept else None

    def series(self) -> Series | None:
        """None before anything has closed; the same object until something has."""
        return self._series
