"""The contract of a price source, and the part that simulated sources share."""

from abc import ABC, abstractmethod
from typing import Protocol

from ..bars import Bar, Candle
from ..instruments import Instrument
from ..intervals import Interval

DAY = 86_400


class PricesUnavailableError(Exception):
    """No current price is known: nothing may be quoted or traded until there is one again.

    `banned` says that whoever knows the price asked to be left alone for a while.
    """

    def __init__(self, reason: str, *, banned: bool = False) -> None:
        super().__init__(reason)
        self.banned = banned


class PriceSource(Protocol):
    """Prices by market second. All seconds are whole, since the epoch; ranges exclude their end.

    `kind` is the name of the mode; `simulated` says whether prices are made up; `message` tells people what
    they look at, or why `ready` is false. Methods raise PricesUnavailableError when the price is not known.
    """

    kind: str
    simulated: bool

    @property
    def ready(self) -> bool: ...

    @property
    def message(self) -> str: ...

    def is_listed(self, instrument: Instrument) -> bool: ...

    def first_second(self, instrument: Instrument) -> int: ...

    def ticks(self, instrument: Instrument, second: int) -> int: ...

    def bar(self, instrument: Instrument, start: int, stop: int) -> Bar: ...

    async def candles(
        self, instrument: Instrument, interval: Interval, opens: range, now: int
    ) -> list[Candle]: ...

    async def day_bar(self, instrument: Instrument, now: int) -> Bar: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class SimulatedPrices(ABC):
    """A source that can name the price of any second, so every candle follows from `bar`."""

    kind: str
    simulated = True

    @property
    def ready(self) -> bool:
        return True

    @property
    @abstractmethod
    def message(self) -> str:
        """What people look at."""

    def is_listed(self, instrument: Instrument) -> bool:
        del instrument
        return True

    @abstractmethod
    def first_second(self, instrument: Instrument) -> int:
        """Where the history of a pair begins."""

    @abstractmethod
    def ticks(self, instrument: Instrument, second: int) -> int:
        """The price during a second."""

    @abstractmethod
    def bar(self, instrument: Instrument, start: int, stop: int) -> Bar:
        """The bar over the seconds from `start` up to and without `stop`."""

    async def candles(
        self, instrument: Instrument, interval: Interval, opens: range, now: int
    ) -> list[Candle]:
        """Candles for each opening second; the one in progress holds what happened up to `now`."""
        length = interval.seconds
        return [
            Candle(
                opened * 1000,
                (opened + length) * 1000 - 1,
                self.bar(instrument, opened, min(opened + length, now + 1)),
            )
            for opened in opens
        ]

    async def day_bar(self, instrument: Instrument, now: int) -> Bar:
        """The last 24 hours. The window opens on a whole minute, so that minute candles serve it."""
        opened = max(self.first_second(instrument), (now + 1 - DAY) // 60 * 60)
        return self.bar(instrument, opened, now + 1)

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None
