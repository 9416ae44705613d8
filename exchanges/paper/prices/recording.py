"""Recorded candles of one pair, read from a CSV file and played on a new time line."""

from __future__ import annotations

import csv
import gzip
from array import array
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import IO

from ..bars import Bar, merge_bars
from ..instruments import Instrument

COLUMNS = ("open_time_ms", "open", "high", "low", "close", "volume")
# Seconds of a minute at which the price stands at its first and second extreme.
_FIRST_EXTREME, _SECOND_EXTREME, _LAST = 20, 40, 59


class RecordingError(ValueError):
    """The file does not hold candles in the expected form; says which line."""


class Recording:
    """Consecutive candles by number, each `period` seconds long (60 or 1)."""

    def __init__(self, instrument: Instrument, path: Path, period: int) -> None:
        """Read a .csv or .csv.gz file. Raises OSError or RecordingError."""
        self.period = period
        rows = list(_read_rows(instrument, path))
        if not rows:
            raise RecordingError(f"{path.name} holds no candles")
        self._open, self._high, self._low, self._close, self._volume = (
            array("q", column) for column in zip(*rows, strict=True)
        )
        self._path: Callable[[int], tuple[int, ...]] = lru_cache(maxsize=256)(self._draw_path)

    def __len__(self) -> int:
        return len(self._open)

    def ticks(self, second: int) -> int:
        """The price in a second counted from the first candle.

        A one-second candle shows its close for all of its second. Inside a minute the price goes from open over both
        extremes (the low first if the minute rose) to the close in its last second.
        """
        number, offset = divmod(second, self.period)
        return self._close[number] if self.period == 1 else self._path(number)[offset]

    def bar(self, start: int, stop: int) -> Bar:
        """The bar over seconds counted from the first candle; whole candles appear exactly as recorded."""
        first, offset = divmod(start, self.period)
        last, rest = divmod(stop, self.period)
        if first == last:
            return self._part(first, offset, rest)
        pieces = []
        if offset:
            pieces.append(self._part(first, offset, self.period))
            first += 1
        if first < last:
            pieces.append(self._whole(first, last))
        if rest:
            pieces.append(self._part(last, 0, rest))
        return merge_bars(pieces)

    def _whole(self, first: int, last: int) -> Bar:
        volume = sum(self._volume[first:last])
        high, low = max(self._high[first:last]), min(self._low[first:last])
        return Bar(self._open[first], high, low, self._close[last - 1], volume, (last - first) * self.period)

    def _part(self, number: int, start: int, stop: int) -> Bar:
        prices = self._path(number)[start:stop]
        volume = self._volume[number]
        share = volume * stop // self.period - volume * start // self.period
        return Bar(prices[0], max(prices), min(prices), prices[-1], share, len(prices))

    def _draw_path(self, number: int) -> tuple[int, ...]:
        opened, closed = self._open[number], self._close[number]
        extremes = (self._low[number], self._high[number])
        first, second = extremes if closed >= opened else extremes[::-1]
        points = ((0, opened), (_FIRST_EXTREME, first), (_SECOND_EXTREME, second), (_LAST, closed))
        return tuple(_interpolate(points, at) for at in range(self.period))


def _interpolate(points: Sequence[tuple[int, int]], at: int) -> int:
    index = next(index for index, (second, _) in enumerate(points[1:]) if at <= second)
    (start, low), (stop, high) = points[index], points[index + 1]
    return low + (high - low) * (at - start) // (stop - start)


def _read_rows(instrument: Instrument, path: Path) -> Iterator[tuple[int, ...]]:
    with _open_text(path) as stream:
        reader = csv.DictReader(stream)
        if not set(COLUMNS) <= set(reader.fieldnames or ()):
            raise RecordingError(f"{path.name} needs the columns {', '.join(COLUMNS)}")
        try:
            for row in reader:
                yield _read_row(instrument, row)
        except (InvalidOperation, ValueError, TypeError, UnicodeDecodeError, EOFError) as error:
            raise RecordingError(f"{path.name}, line {reader.line_num}: {error}") from None


def _open_text(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _read_row(instrument: Instrument, row: dict[str, str]) -> tuple[int, ...]:
    values = [Decimal(row[name]) for name in COLUMNS[1:]]
    if not all(value.is_finite() for value in values) or min(values[:4]) <= 0 or values[4] < 0:
        raise RecordingError("a candle needs positive prices and a volume")
    opened, high, low, closed = (instrument.to_ticks(value) for value in values[:4])
    if not low <= min(opened, closed) <= max(opened, closed) <= high:
        raise RecordingError("a candle's open and close must lie between its low and high")
    return opened, high, low, closed, instrument.to_lots(values[4])
