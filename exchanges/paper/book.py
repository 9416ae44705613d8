"""The synthetic order book around a price: deterministic in (symbol, price, second), nothing stored.

The spread is about one basis point, at least two ticks, and levels lie about one basis point apart; the
amount offered grows with the distance. Every order meets the full book of its second: orders do not use up
each other's liquidity, so no account's trading moves another's prices.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple
from zlib import crc32

from .instruments import ASSET_DECIMALS, Instrument
from .orders import Side

MAX_LEVELS = 200
_HALF_SPREAD_DIVISOR = 20_000
_STEP_DIVISOR = 10_000
# Value offered on the first level, in units of the quote asset, per unit of minimum notional.
_NEAREST_VALUE = 100
_FARTHER_VALUE = 300
# One, in units of the eighth decimal of a price times that of a quantity.
_SQUARE_UNITS: int = 10 ** (2 * ASSET_DECIMALS)


class Level(NamedTuple):
    """A price in ticks and the lots offered at it."""

    ticks: int
    lots: int


@dataclass(frozen=True, slots=True)
class Book:
    """The book of one pair in one second, its levels computed as they are asked for, best first."""

    instrument: Instrument
    ticks: int
    second: int

    @property
    def best_bid(self) -> int:
        return max(1, self.ticks - self._half_spread)

    @property
    def best_ask(self) -> int:
        return self.ticks + self._half_spread

    def bids(self) -> Iterator[Level]:
        step = self._step
        for depth in range(MAX_LEVELS):
            ticks = self.best_bid - depth * step
            if ticks < 1:
                return
            yield Level(ticks, self._lots(Side.SELL, depth, ticks))

    def asks(self) -> Iterator[Level]:
        for depth in range(MAX_LEVELS):
            ticks = self.best_ask + depth * self._step
            yield Level(ticks, self._lots(Side.BUY, depth, ticks))

    def opposite(self, side: Side) -> Iterator[Level]:
        """The levels an order of this side trades against."""
        return self.asks() if side is Side.BUY else self.bids()

    def crosses(self, side: Side, limit_ticks: int) -> bool:
        """Whether a limit order at this price would trade at once."""
        return limit_ticks >= self.best_ask if side is Side.BUY else limit_ticks <= self.best_bid

    def top(self, count: int) -> tuple[list[Level], list[Level]]:
        return list(islice(self.bids(), count)), list(islice(self.asks(), count))

    @property
    def _half_spread(self) -> int:
        return max(1, self.ticks // _HALF_SPREAD_DIVISOR)

    @property
    def _step(self) -> int:
        return max(1, self.ticks // _STEP_DIVISOR)

    def _lots(self, side: Side, depth: int, ticks: int) -> int:
        share = crc32(f"{self.instrument.symbol}:{self.second}:{side}:{depth}".encode()) % 1000
        value = int(self.instrument.min_notional) * (_NEAREST_VALUE * 1000 + _FARTHER_VALUE * share)
        worth_of_lot = self.instrument.tick_units * self.instrument.lot_units * ticks
        return max(1, value * (2 + depth) * _SQUARE_UNITS // (2000 * worth_of_lot))
