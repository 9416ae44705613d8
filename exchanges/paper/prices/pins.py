"""Pinned prices: from a given second on, a pair stands at a set price until it is released."""

from bisect import bisect_right, insort
from itertools import pairwise

from ..bars import Bar, merge_bars
from ..instruments import Instrument
from .source import SimulatedPrices

# (second from which it holds, price in ticks or None for the underlying price)
Pin = tuple[int, int | None]


class PinnedPrices(SimulatedPrices):
    """Lays pins over a simulated source; candles show them from the second they were set."""

    def __init__(self, inner: SimulatedPrices) -> None:
        self._inner = inner
        self._pins: dict[str, list[Pin]] = {}
        self.kind = inner.kind

    @property
    def ready(self) -> bool:
        return self._inner.ready

    @property
    def message(self) -> str:
        return self._inner.message

    def pin(self, instrument: Instrument, second: int, ticks: int | None) -> None:
        """Set (or with None release) the price from `second` on; a later call for the same second wins."""
        pins = self._pins.setdefault(instrument.symbol, [])
        pins[:] = [pin for pin in pins if pin[0] != second]
        insort(pins, (second, ticks), key=lambda pin: pin[0])

    def is_listed(self, instrument: Instrument) -> bool:
        return self._inner.is_listed(instrument)

    def first_second(self, instrument: Instrument) -> int:
        return self._inner.first_second(instrument)

    def ticks(self, instrument: Instrument, second: int) -> int:
        pinned = self._pinned_at(instrument.symbol, second)
        return self._inner.ticks(instrument, second) if pinned is None else pinned

    def bar(self, instrument: Instrument, start: int, stop: int) -> Bar:
        pins = self._pins.get(instrument.symbol)
        if not pins or stop <= pins[0][0]:
            return self._inner.bar(instrument, start, stop)
        inside = [second for second, _ in pins if start < second < stop]
        return merge_bars(self._piece(instrument, *edges) for edges in pairwise([start, *inside, stop]))

    def _piece(self, instrument: Instrument, start: int, stop: int) -> Bar:
        bar = self._inner.bar(instrument, start, stop)
        pinned = self._pinned_at(instrument.symbol, start)
        if pinned is None:
            return bar
        return Bar(pinned, pinned, pinned, pinned, bar.volume, bar.trades)

    def _pinned_at(self, symbol: str, second: int) -> int | None:
        pins = self._pins.get(symbol)
        if not pins:
            return None
        index = bisect_right(pins, second, key=lambda pin: pin[0])
        return pins[index - 1][1] if index else None
