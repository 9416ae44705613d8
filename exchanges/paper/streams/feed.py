"""When there is news: each market second, and at once when a price is set by hand or the clock moved."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum

from ..clock import wall_ms
from ..connections import Address, cut
from ..market import Market
from ..prices.source import PricesUnavailableError
from .topics import Kind, News, Topic

# A clock that jumps closes more candles than anybody follows.
MOST_CANDLES = 100


class State(StrEnum):
    """What the streams do: push, hold their tongue while connections stay, or refuse connections."""

    OPEN = "open"
    SILENT = "silent"
    CLOSED = "closed"


class Feed:
    """The connections of all dialects, and what wakes them."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.state = State.OPEN
        self.connected: set[Address] = set()
        self.messages = 0
        self._version = 0
        self._poked = asyncio.Event()

    def poke(self) -> None:
        """Something changed within the second: whoever follows it is told now."""
        self._version += 1
        self._poked.set()
        self._poked = asyncio.Event()

    def change(self, state: State) -> None:
        self.state = state
        if state is State.CLOSED:
            self.cut()

    def cut(self) -> None:
        """End every connection as a broken line would, without a word."""
        for peer in list(self.connected):
            cut(peer)

    def stamp(self) -> tuple[int, int]:
        """The market second, and how often something changed within one."""
        return self.market.now_second(), self._version

    async def wait(self, seen: tuple[int, int]) -> tuple[int, int]:
        """Return the stamp once it is another than `seen`."""
        while (stamp := self.stamp()) == seen:
            # Not wait_for: on Python 3.11 it loses a cancellation that comes together with what it waits for.
            with suppress(TimeoutError):
                async with asyncio.timeout(1 - wall_ms() % 1_000 / 1_000):
                    await self._poked.wait()
        return stamp


class Reporter:
    """Finds the news for one connection: everything it follows each second, and what changed in between."""

    def __init__(self, feed: Feed) -> None:
        self._market = feed.market
        self._told: dict[str, int] = {}
        self._second = feed.market.now_second()

    async def report(self, topics: list[Topic]) -> AsyncIterator[News]:
        """The news of these topics since the last time; a pair without a price has none."""
        since, self._second = self._second, self._market.now_second()
        for topic in sorted(topics, key=lambda one: one.kind):
            with suppress(PricesUnavailableError):
                async for news in self._news_of(topic, since):
                    yield news

    async def _news_of(self, topic: Topic, since: int) -> AsyncIterator[News]:
        book = self._market.book(topic.instrument)
        if since == self._second and self._told.get(topic.name) == book.ticks:
            return
        self._told[topic.name] = book.ticks
        news = News(topic, book, self._market.now_ms())
        if topic.kind is not Kind.CANDLE:
            yield news
            return
        async for candle in self._candles(news, since):
            yield candle

    async def _candles(self, news: News, since: int) -> AsyncIterator[News]:
        """Each candle that has closed since, and the one in progress; none of prices that are not made here."""
        interval = news.topic.interval
        if interval is None or not self._market.source.simulated:
            return
        opened = interval.open_at(since) * 1_000
        candles = await self._market.candles(news.topic.instrument, interval, opened, None, MOST_CANDLES)
        for candle in candles:
            yield replace(news, candle=candle, closed=candle.close_time < self._second * 1_000)
