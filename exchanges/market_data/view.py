"""One view of a venue as plain values: the last prices, and the closing prices of closed candles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from exchanges.domain import Ticker, Venue

INTERMEDIATES = ("USDT", "BRL", "BTC")


@dataclass(frozen=True)
class Series:
    """Closing prices of closed candles only, oldest first; the newest opened at `last_open_time`.

    What is computed from them is computed once, however many ask: a series never changes.
    """

    last_open_time: datetime
    closes: tuple[Decimal, ...]
    _averages: dict[int, Decimal] = field(default_factory=dict, init=False, repr=False, compare=False)

    def average(self, window: int) -> Decimal | None:
        """The mean of the last `window` (at least 1) closes; None if there are fewer.

        Safe in any thread: two that ask at once compute the same value.
        """
        if not 0 < window <= len(self.closes):
            return None
        known = self._averages.get(window)
        if known is None:
            known = self._averages[window] = sum(self.closes[-window:], Decimal()) / window
        return known

    @cached_property
    def text(self) -> str:
        """The closes in plain notation, a space between two."""
        return " ".join(f"{close:f}" for close in self.closes)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One view of a venue. `taken_at` is when its tick began; `closes` is keyed by (symbol, timeframe).

    A series holds every candle that the exchange had closed when the tickers were read. A series that could not be
    brought up to date is left out. `simulated` says that the prices are made up.
    """

    venue: Venue
    taken_at: datetime
    tickers: Mapping[str, Ticker]
    closes: Mapping[tuple[str, str], Series]
    simulated: bool


def rate_between(snapshot: Snapshot, from_asset: str, to_asset: str) -> Decimal | None:
    """Units of `to_asset` per unit of `from_asset` at last prices: a direct pair, its inverse, or two of them.

    None if the snapshot has no such pairs.
    """
    direct = _rate_of_pair(snapshot, from_asset, to_asset)
    if direct is not None:
        return direct
    for between in INTERMEDIATES:
        first = _rate_of_pair(snapshot, from_asset, between)
        second = _rate_of_pair(snapshot, between, to_asset)
        if first is not None and second is not None:
            return first * second
    return None


def _rate_of_pair(snapshot: Snapshot, from_asset: str, to_asset: str) -> Decimal | None:
    if from_asset == to_asset:
        return Decimal(1)
    ticker = snapshot.tickers.get(f"{from_asset}/{to_asset}")
    if ticker is not None:
        return ticker.last
    inverse = snapshot.tickers.get(f"{to_asset}/{from_asset}")
    return 1 / inverse.last if inverse is not None else None
