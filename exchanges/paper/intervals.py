"""Candle intervals and their alignment."""

from dataclasses import dataclass

_DAY = 86_400
# The epoch was a Thursday; weekly candles open on Mondays.
_FIRST_MONDAY = 4 * _DAY


@dataclass(frozen=True, slots=True)
class Interval:
    """A candle length in seconds; opens fall on `offset` plus whole lengths since the epoch."""

    name: str
    seconds: int
    offset: int = 0

    def open_at(self, second: int) -> int:
        """The opening second of the candle that contains `second`."""
        return second - (second - self.offset) % self.seconds


_SECONDS = {
    "1s": 1,
    "1m": 60,
    "3m": 180,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "2h": 7200,
    "4h": 14_400,
    "6h": 21_600,
    "8h": 28_800,
    "12h": 43_200,
    "1d": _DAY,
    "3d": 3 * _DAY,
}
INTERVALS = {name: Interval(name, seconds) for name, seconds in _SECONDS.items()}
INTERVALS["1w"] = Interval("1w", 7 * _DAY, _FIRST_MONDAY)


def select_opens(
    interval: Interval, start_ms: int | None, end_ms: int | None, limit: int, first: int, now: int
) -> range:
    """Opening seconds of the candles a query asks for, oldest first, at most `limit`.

    `first` and `now` bound the market's history in seconds. With a start the oldest candles from it are
    taken, without one the newest.
    """
    newest = interval.open_at(now if end_ms is None else min(now, end_ms // 1000))
    lowest = interval.open_at(first + interval.seconds - 1)
    if start_ms is None:
        oldest = max(lowest, newest - (limit - 1) * interval.seconds)
        return range(oldest, newest + 1, interval.seconds)
    wanted = interval.open_at(-(-start_ms // 1000) + interval.seconds - 1)
    oldest = max(lowest, wanted)
    return range(oldest, min(newest, oldest + (limit - 1) * interval.seconds) + 1, interval.seconds)
