"""Collects the snapshot of one venue: all tickers in one answer, and a candle only when one has closed."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Self

from exchanges.domain import Candle, Environment, Instrument, Ticker, Venue
from exchanges.errors import ExchangeError, ExchangeUnavailable, RateLimited
from exchanges.gateway import PublicClient, open_public
from exchanges.instruments import get_instruments
from exchanges.market_data.candle_book import CandleBook
from exchanges.market_data.snapshot import write_snapshot
from exchanges.market_data.subscriptions import Subscription
from exchanges.market_data.view import Series, Snapshot
from exchanges.paper_accounts import paper_status
from exchanges.timeframes import supported_timeframes

# What people's currencies and fees are converted with, where the venue lists it.
CONVERSIONS = ("USDT/BRL", "BTC/USDT", "BTC/BRL", "BNB/USDT", "EUR/USDT")
CONCURRENT_REQUESTS = 8

SeriesKey = tuple[str, str]


class VenueCollector:
    """Keeps the candles of one venue between ticks. Used by one thread; it asks for candles with a few of its own."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self._client = open_public(venue)
        self._books: dict[SeriesKey, CandleBook] = {}
        self._pool = ThreadPoolExecutor(CONCURRENT_REQUESTS, thread_name_prefix=f"candles-{venue}")
        self._own = threading.local()
        self._opened: list[PublicClient] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        for client in (self._client, *self._opened):
            client.close()

    def collect(self, subscriptions: Iterable[Subscription], now: datetime) -> Snapshot:
        """Ask the exchange and return what it says. Subscriptions to what it does not offer are skipped.

        Raises ExchangeUnavailable (RateLimited among them) if there is no snapshot to be had.
        """
        simulated = self._is_simulated()
        instruments = get_instruments(self.venue)
        wanted = [one for one in subscriptions if self._is_offered(one, instruments)]
        tickers, exchange_time = self._client.fetch_market(_symbols(wanted, instruments))
        self._keep_books(wanted)
        failed = self._update_books(max(now, exchange_time or now))
        closes = {key: series for key in self._books if key not in failed and (series := self._series(key))}
        return Snapshot(self.venue, now, _priced(tickers), closes, simulated)

    def _is_simulated(self) -> bool:
        if self.venue.environment != Environment.PAPER:
            return False
        status = paper_status(self.venue.exchange)
        if not status.ready:
            raise ExchangeUnavailable(status.message or "the paper exchange is not ready")
        return status.simulated

    def _is_offered(self, wanted: Subscription, instruments: Mapping[str, Instrument]) -> bool:
        instrument = instruments.get(wanted.symbol)
        if instrument is None or not instrument.active:
            return False
        return wanted.window == 0 or wanted.timeframe in supported_timeframes(self.venue.exchange)

    def _keep_books(self, wanted: Iterable[Subscription]) -> None:
        windows: dict[SeriesKey, int] = {}
        for one in wanted:
            if one.window > 0:
                key = (one.symbol, one.timeframe)
                windows[key] = max(windows.get(key, 0), one.window)
        self._books = {key: self._books.get(key) or CandleBook(key[1]) for key in windows}
        for key, window in windows.items():
            self._books[key].require(window)

    def _update_books(self, time: datetime) -> set[SeriesKey]:
        """Fetch what has closed, several at a time; returns the series that could not be brought up to date."""
        due = {key: limit for key, book in self._books.items() if (limit := book.missing(time))}
        failed = set()
        for key, answer in zip(due, self._pool.map(self._fetch, due, due.values()), strict=True):
            if isinstance(answer, RateLimited):
                raise answer
            if isinstance(answer, ExchangeError) or not answer:
                failed.add(key)
            else:
                self._books[key].add(answer)
        return failed

    def _fetch(self, key: SeriesKey, limit: int) -> list[Candle] | ExchangeError:
        symbol, timeframe = key
        try:
            return self._thread_client().fetch_candles(symbol, timeframe, limit)
        except ExchangeError as error:
            return error

    def _thread_client(self) -> PublicClient:
        if not hasattr(self._own, "client"):
            self._own.client = open_public(self.venue)
            self._opened.append(self._own.client)
        client: PublicClient = self._own.client
        return client

    def _series(self, key: SeriesKey) -> Series | None:
        return self._books[key].series()


def collect_once(venue: Venue, subscriptions: Sequence[Subscription], now: datetime) -> Snapshot:
    """One tick from nothing: collect, publish and return the snapshot."""
    with VenueCollector(venue) as collector:
        snapshot = collector.collect(subscriptions, now)
    write_snapshot(snapshot)
    return snapshot


def _symbols(wanted: Iterable[Subscription], instruments: Mapping[str, Instrument]) -> list[str]:
    watched = {one.symbol for one in wanted}
    quotes = {instruments[symbol].quote for symbol in watched}
    pairs = {*CONVERSIONS, *(f"{quote}/USDT" for quote in quotes), *(f"USDT/{quote}" for quote in quotes)}
    return sorted(watched | {pair for pair in pairs if pair in instruments and instruments[pair].active})


def _priced(tickers: Mapping[str, Ticker]) -> dict[str, Ticker]:
    """A pair that has never traded has no price yet."""
    return {symbol: ticker for symbol, ticker in tickers.items() if ticker.last > 0}
