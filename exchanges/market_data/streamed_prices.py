"""What a stream has told of prices, laid over what was last asked. No I/O."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from exchanges.dialects.streams import StreamDialect
from exchanges.domain import Candle, Ticker
from exchanges.market_data.candles import SeriesKey
from exchanges.streaming import Message, News

T = TypeVar("T")


class Unreadable(Exception):
    """A message is not what it should be."""


class StreamedPrices:
    """The newest of each symbol on one connection. Times of arrival are our own clock's."""

    def __init__(self, dialect: StreamDialect) -> None:
        self._dialect = dialect
        self._symbols: dict[str, str] = {}
        self._series: dict[str, SeriesKey] = {}
        self._last: dict[str, tuple[datetime, Decimal]] = {}
        self._best: dict[str, tuple[datetime, tuple[Decimal, Decimal]]] = {}
        self._ahead = timedelta(0)

    def assign(self, symbols: Mapping[str, str], series: Mapping[str, SeriesKey]) -> None:
        """What the topics are about: prices of a symbol, or candles."""
        self._symbols, self._series = dict(symbols), dict(series)

    def forget(self) -> None:
        """A connection was lost, and with it perhaps what came meanwhile."""
        self._last, self._best = {}, {}

    def hear(self, news: News) -> list[tuple[SeriesKey, Candle]]:
        """Take what came; returns the candles that have closed. Raises Unreadable."""
        try:
            for topic, message in news.latest.items():
                self._hear_price(topic, message)
            return [closed for final in news.finals if (closed := self._hear_candle(*final)) is not None]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, ArithmeticError):
            failure = Unreadable()
        raise failure

    def exchange_time(self, now: datetime) -> datetime:
        """The exchange's clock, as its newest message told it."""
        return now + self._ahead

    def heard_at(self, symbol: str) -> datetime | None:
        """When a price of this symbol last came."""
        return self._last[symbol][0] if symbol in self._last else None

    def lay_over(self, asked: Mapping[str, Ticker], asked_at: datetime) -> dict[str, Ticker]:
        """The tickers that were asked for at `asked_at`, with whatever came after."""
        return {symbol: self._lay_over(ticker, asked_at) for symbol, ticker in asked.items()}

    def _lay_over(self, ticker: Ticker, asked_at: datetime) -> Ticker:
        last = _newer(self._last.get(ticker.symbol), asked_at)
        best = _newer(self._best.get(ticker.symbol), asked_at)
        if last is None and best is None:
            return ticker
        bid, ask = best or (ticker.bid, ticker.ask)
        return replace(ticker, last=last or ticker.last, bid=bid, ask=ask)

    def _hear_price(self, topic: str, message: Message) -> None:
        symbol = self._symbols.get(topic)
        if symbol is None:
            return
        told = self._dialect.read(topic, message.text)
        if told.last is not None:
            self._last[symbol] = (message.at, told.last)
        if told.best is not None:
            self._best[symbol] = (message.at, told.best)
        if told.time is not None:
            self._ahead = told.time - message.at

    def _hear_candle(self, topic: str, message: Message) -> tuple[SeriesKey, Candle] | None:
        key = self._series.get(topic)
        told = self._dialect.read(topic, message.text) if key is not None else None
        return None if key is None or told is None or told.candle is None else (key, told.candle)


def _newer(told: tuple[datetime, T] | None, asked_at: datetime) -> T | None:
    return told[1] if told is not None and told[0] >= asked_at else None
