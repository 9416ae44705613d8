"""The candles of one venue that somebody looks at, asked for as they close or told by a stream."""

import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from exchanges.domain import Candle, Venue
from exchanges.errors import ExchangeError, RateLimited
from exchanges.gateway import PublicClient, open_public
from exchanges.market_data.candle_book import CandleBook
from exchanges.market_data.subscriptions import Subscription
from exchanges.market_data.view import Series

CONCURRENT_REQUESTS = 8
# A series that is waited for longer is not shown as if it were up to date.
PATIENCE = timedelta(seconds=2)

SeriesKey = tuple[str, str]
Answer = list[Candle] | ExchangeError


class VenueCandles:
    """Used by one thread; it asks the exchange with a few of its own."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._books: dict[SeriesKey, CandleBook] = {}
        self._pool = ThreadPoolExecutor(CONCURRENT_REQUESTS, thread_name_prefix=f"candles-{venue}")
        self._own = threading.local()
        self._opened: list[PublicClient] = []
        self._asking: dict[SeriesKey, tuple[datetime, Future[Answer]]] = {}
        self._behind: set[SeriesKey] = set()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        for client in self._opened:
            client.close()

    def require(self, wanted: Iterable[Subscription]) -> None:
        """Keep what is wanted, each in its longest window, and nothing else."""
        windows: dict[SeriesKey, int] = {}
        for one in wanted:
            if one.window > 0:
                key = (one.symbol, one.timeframe)
                windows[key] = max(windows.get(key, 0), one.window)
        self._books = {key: self._books.get(key) or CandleBook(key[1]) for key in windows}
        self._behind &= self._books.keys()
        for key, window in windows.items():
            self._books[key].require(window)

    def append(self, key: SeriesKey, closed: Candle) -> None:
        """Take a candle that a stream says has closed."""
        if key in self._books and self._books[key].append(closed):
            self._behind.discard(key)

    def update(self, time: datetime, patience: timedelta) -> None:
        """Ask for all that has closed by `time` where something did `patience` ago. Raises RateLimited."""
        due = self._due(time, patience)
        for key, answer in zip(due, self._pool.map(self._fetch, due, due.values()), strict=True):
            self._take(key, answer)

    def update_later(self, time: datetime, patience: timedelta) -> None:
        """The same without waiting: what is asked for now is there at one of the next calls. Raises RateLimited."""
        for key in [key for key, (_, future) in self._asking.items() if future.done()]:
            self._take(key, self._asking.pop(key)[1].result())
        for key, limit in self._due(time, patience).items():
            if key not in self._asking:
                self._asking[key] = (time, self._pool.submit(self._fetch, key, limit))
        self._behind |= {key for key, (asked, _) in self._asking.items() if time - asked > PATIENCE}

    def series(self) -> dict[SeriesKey, Series]:
        """Every series but those that could not be brought up to date."""
        found = ((key, book.series()) for key, book in self._books.items() if key not in self._behind)
        return {key: series for key, series in found if series is not None}

    def _due(self, time: datetime, patience: timedelta) -> dict[SeriesKey, int]:
        """How many candles to ask for of each series."""
        return {key: book.missing(time) for key, book in self._books.items() if book.missing(time - patience)}

    def _take(self, key: SeriesKey, answer: Answer) -> None:
        if isinstance(answer, RateLimited):
            raise answer
        if isinstance(answer, ExchangeError) or not answer:
            self._behind.add(key)
            return
        self._behind.discard(key)
        if key in self._books:
            self._books[key].add(answer)

    def _fetch(self, key: SeriesKey, limit: int) -> Answer:
        symbol, timeframe = key
        try:
            return self._thread_client().fetch_candles(symbol, timeframe, limit)
        except ExchangeError as error:
            return error

    def _thread_client(self) -> PublicClient:
        if not hasattr(self._own, "client"):
            self._own.client = open_public(self._venue)
            self._opened.append(self._own.client)
        client: PublicClient = self._own.client
        return client
