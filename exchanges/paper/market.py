"""The market as the exchange sees it now: listed pairs, current prices, books and candles."""

from .bars import Bar, Candle
from .book import Book
from .clock import Clock
from .instruments import Instrument
from .intervals import Interval, select_opens
from .prices.source import PriceSource

AVERAGE_MINUTES = 5


class UnknownSymbolError(Exception):
    """No listed pair has this symbol."""


class Market:
    """Prices at market time. Methods that need a price raise PricesUnavailableError when there is none."""

    def __init__(self, instruments: dict[str, Instrument], source: PriceSource, clock: Clock) -> None:
        self._instruments = instruments
        self._clock = clock
        self.source = source

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def now_second(self) -> int:
        return self._clock.now_ms() // 1000

    def instruments(self) -> list[Instrument]:
        """The pairs that can be traded, in listing order."""
        return [one for one in self._instruments.values() if self.source.is_listed(one)]

    def known_instrument(self, symbol: str) -> Instrument:
        """A pair of the catalogue, also when its price source does not list it at present."""
        return self._instruments[symbol]

    def instrument(self, symbol: str) -> Instrument:
        found = self._instruments.get(symbol)
        if found is None or not self.source.is_listed(found):
            raise UnknownSymbolError(symbol)
        return found

    def assets(self) -> set[str]:
        return {asset for one in self._instruments.values() for asset in (one.base, one.quote)}

    def ticks(self, instrument: Instrument) -> int:
        return self.source.ticks(instrument, self.now_second())

    def book(self, instrument: Instrument) -> Book:
        second = self.now_second()
        return Book(instrument, self.source.ticks(instrument, second), second)

    async def candles(
        self, instrument: Instrument, interval: Interval, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[Candle]:
        """Candles oldest first, the last one possibly in progress."""
        now, first = self.now_second(), self.source.first_second(instrument)
        opens = select_opens(interval, start_ms, end_ms, limit, first, now)
        return await self.source.candles(instrument, interval, opens, now)

    async def day_bar(self, instrument: Instrument) -> Bar:
        return await self.source.day_bar(instrument, self.now_second())
