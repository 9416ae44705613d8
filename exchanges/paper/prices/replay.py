"""Recorded candles played forward from a start moment, every other pair on the walk.

The first `history` candles of the file lie before the start moment, the rest follow it, one per period. At market second
t the candle in progress is number history + (t - start) // period; with per=second its close is the price during all of
second t, and closed candles are those of earlier seconds. Pairs crossed from the recorded one (BTCBRL) follow it at the
walk's rate of the full hour. When the recording has ended there is no price any more.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ..bars import Bar, merge_bars
from ..clock import Clock
from ..instruments import Instrument
from .recording import Recording
from .source import PricesUnavailableError, SimulatedPrices

_HOUR = 3600
DEFAULT_HISTORY = 1000
_PERIODS = {"minute": 60, "second": 1}


class ReplayOptionsError(ValueError):
    """The text after `replay:` cannot be understood."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What `replay:FILE[,per=minute|second][,history=N][,symbol=S]` says."""

    path: Path
    symbol: str
    period: int
    history: int

    @property
    def name(self) -> str:
        """What tells this replay from others in one data file."""
        return f"{self.path.name}:{self.symbol}:{self.period}:{self.history}"


def parse_replay(text: str, symbols: list[str]) -> ReplayOptions:
    """Read the options; without `symbol` the file's name begins with one of `symbols`."""
    file, *rest = text.split(",")
    given = dict(part.partition("=")[::2] for part in rest)
    unknown = given.keys() - {"per", "history", "symbol"}
    path, per, history = Path(file), given.get("per", "minute"), given.get("history", str(DEFAULT_HISTORY))
    if unknown or per not in _PERIODS or not history.isdecimal():
        raise ReplayOptionsError("replay takes FILE, per=minute|second, history=NUMBER and symbol=SYMBOL")
    named = [symbol for symbol in symbols if path.name.upper().startswith(symbol)]
    symbol = given.get("symbol") or max(named, key=len, default="")
    if symbol not in symbols:
        raise ReplayOptionsError(f"which pair does {path.name} hold? Add symbol=SYMBOL")
    return ReplayOptions(path, symbol, _PERIODS[per], int(history))


class ReplayPrices(SimulatedPrices):
    """One pair from a recording, the others from `others`."""

    kind = "replay"

    def __init__(
        self,
        options: ReplayOptions,
        instruments: dict[str, Instrument],
        others: SimulatedPrices,
        clock: Clock,
        start_second: int,
    ) -> None:
        """Raises OSError or RecordingError."""
        self._clock = clock
        self._recorded = instruments[options.symbol]
        self._instruments = instruments
        self._others = others
        self._recording = Recording(self._recorded, options.path, options.period)
        self._first = start_second - min(options.history, len(self._recording)) * options.period
        self._end = self._first + len(self._recording) * options.period
        self._file = options.path.name

    @property
    def ready(self) -> bool:
        return self._clock.now_ms() < self._end * 1000

    @property
    def message(self) -> str:
        if not self.ready:
            return f"the recording {self._file} has ended: no price of {self._recorded.symbol} any more"
        return f"recorded prices of {self._recorded.symbol} from {self._file}, other pairs simulated"

    def first_second(self, instrument: Instrument) -> int:
        return self._first if self._follows(instrument) else self._others.first_second(instrument)

    def ticks(self, instrument: Instrument, second: int) -> int:
        if not self._follows(instrument):
            return self._others.ticks(instrument, second)
        self._require(second, second + 1)
        ticks = self._recording.ticks(second - self._first)
        return ticks if instrument is self._recorded else self._cross(instrument, ticks, second)

    def bar(self, instrument: Instrument, start: int, stop: int) -> Bar:
        if not self._follows(instrument):
            return self._others.bar(instrument, start, stop)
        self._require(start, stop)
        if instrument is self._recorded:
            return self._recording.bar(start - self._first, stop - self._first)
        edges = [start, *range(start - start % _HOUR + _HOUR, stop, _HOUR), stop]
        return merge_bars(self._crossed_bar(instrument, *pair) for pair in pairwise(edges))

    def _follows(self, instrument: Instrument) -> bool:
        return instrument is self._recorded or (
            instrument.legs is not None and instrument.legs[0] == self._recorded.symbol
        )

    def _require(self, start: int, stop: int) -> None:
        if start < self._first or stop > self._end:
            raise PricesUnavailableError("the recording has ended")

    def _crossed_bar(self, instrument: Instrument, start: int, stop: int) -> Bar:
        bar = self._recording.bar(start - self._first, stop - self._first)
        prices = [self._cross(instrument, ticks, start) for ticks in bar[:4]]
        lots = instrument.to_lots(self._recorded.quantity(bar.volume))
        return Bar(prices[0], prices[1], prices[2], prices[3], lots, bar.trades)

    def _cross(self, instrument: Instrument, ticks: int, second: int) -> int:
        """The crossed price at the second leg's rate when the hour began."""
        assert instrument.legs is not None  # noqa: S101 _follows() has seen it
        rate = self._instruments[instrument.legs[1]]
        rate_ticks = self._others.ticks(rate, second - second % _HOUR)
        return instrument.to_ticks(self._recorded.price(ticks) * rate.price(rate_ticks))
