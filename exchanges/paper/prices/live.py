"""The real exchange's public prices, followed through ccxt: people paper-trade on what the market does.

Nothing private is asked and no key exists here. Prices are polled once per second; when the last answer is older than
ten seconds there is no price, until the source answers again.
"""

import asyncio
import logging
import time
from decimal import Decimal
from typing import Any

from ..bars import Bar, Candle
from ..instruments import Instrument
from ..intervals import Interval
from .source import PricesUnavailableError

logger = logging.getLogger(__name__)
_POLL_SECONDS = 1.0
_STALE_SECONDS = 10.0
_LONGEST_WAIT = 5.0
_BANNED_WAIT = 30.0
_FIRST_ANSWER_SECONDS = 3.0
_TIMEOUT_MS = 8_000
_CANDLES_SECONDS = 15.0
_CANDLES_KEPT = 512
_DAY_SECONDS = 10.0
# 2017-07-14: no pair of the real exchange is older.
_FIRST_SECOND = 1_500_000_000

Series = tuple[float, list[Candle]]


class LivePrices:
    """A price source over the public endpoints of Binance, or of whatever answers at `url` in its place."""

    kind = "live"
    simulated = False

    def __init__(self, instruments: dict[str, Instrument], url: str | None) -> None:
        self._instruments = instruments
        self._url = url
        self._client: Any = None
        self._polling: asyncio.Task[None] | None = None
        self._answered = asyncio.Event()
        self._reported = ""
        self._ticks: dict[str, int] = {}
        self._updated = float("-inf")
        self._problem = "no answer yet"
        self._candles: dict[tuple[str, str, int, int], Series] = {}
        self._days: tuple[float, dict[str, Bar]] = (float("-inf"), {})
        self._day_lock = asyncio.Lock()

    @property
    def ready(self) -> bool:
        return time.monotonic() - self._updated < _STALE_SECONDS

    @property
    def message(self) -> str:
        source = self._url or "Binance"
        return f"live prices from {source}" if self.ready else f"no prices from {source}: {self._problem}"

    def is_listed(self, instrument: Instrument) -> bool:
        return not self._ticks or instrument.symbol in self._ticks

    def first_second(self, instrument: Instrument) -> int:
        del instrument
        return _FIRST_SECOND

    def ticks(self, instrument: Instrument, second: int) -> int:
        """The latest price, whatever the second."""
        del second
        if not self.ready or instrument.symbol not in self._ticks:
            raise PricesUnavailableError(self._problem)
        return self._ticks[instrument.symbol]

    def bar(self, instrument: Instrument, start: int, stop: int) -> Bar:
        """Resting orders meet the latest price only: what happened between two polls is not known."""
        ticks = self.ticks(instrument, start)
        return Bar(ticks, ticks, ticks, ticks, 0, stop - start)

    async def candles(
        self, instrument: Instrument, interval: Interval, opens: range, now: int
    ) -> list[Candle]:
        """Candles as the source has them, kept for a while, the one in progress brought up to date."""
        del now
        current = self.ticks(instrument, 0)
        if not opens:
            return []
        key = (instrument.symbol, interval.name, opens.start, len(opens))
        fetched, candles = self._candles.get(key, (float("-inf"), []))
        if time.monotonic() - fetched > _CANDLES_SECONDS:
            candles = await self._fetch_candles(instrument, interval, opens)
            # A source that has not opened the newest candle yet is asked again at once.
            if candles and candles[-1].open_time == opens[-1] * 1000:
                self._keep_candles(key, candles)
        return [*candles[:-1], *(_touch(candle, current, opens[-1]) for candle in candles[-1:])]

    async def day_bar(self, instrument: Instrument, now: int) -> Bar:
        del now
        self.ticks(instrument, 0)
        async with self._day_lock:
            if time.monotonic() - self._days[0] > _DAY_SECONDS:
                rows = await self._ask("publicGetTicker24hr", {})
                self._days = (time.monotonic(), self._read_days(rows))
        if instrument.symbol not in self._days[1]:
            raise PricesUnavailableError(instrument.symbol)
        return self._days[1][instrument.symbol]

    async def start(self) -> None:
        """Begin to poll; wait a little for the first answer, and go on without it."""
        self._polling = asyncio.create_task(self._poll_forever())
        try:
            await asyncio.wait_for(self._answered.wait(), _FIRST_ANSWER_SECONDS)
        except TimeoutError:
            logger.warning("starting without prices: %s", self._problem)

    async def stop(self) -> None:
        if self._polling:
            self._polling.cancel()
        if self._client:
            await self._client.close()

    async def _poll_forever(self) -> None:
        wait = _POLL_SECONDS
        self._client = await asyncio.to_thread(_open_client, self._url)
        while True:
            try:
                rows = await self._ask("publicGetTickerPrice", {})
                self._ticks = self._read_prices(rows)
                self._updated, wait = time.monotonic(), _POLL_SECONDS
                self._answered.set()
                self._report("prices arrive")
            except PricesUnavailableError as error:
                wait = _BANNED_WAIT if error.banned else min(_LONGEST_WAIT, wait * 2)
                self._report(f"no live prices: {self._problem}")
            await asyncio.sleep(wait)

    def _report(self, state: str) -> None:
        """Log a change, never each poll."""
        if state != self._reported:
            self._reported = state
            logger.warning("%s", state)

    async def _ask(self, method: str, parameters: dict[str, Any]) -> list[Any]:
        """One public call. Every failure becomes PricesUnavailableError and the reason shown in the status."""
        import ccxt

        try:
            rows = await getattr(self._client, method)(parameters)
        except (ccxt.BaseError, OSError, TimeoutError, ValueError, TypeError, LookupError) as error:
            self._problem = type(error).__name__
            raise PricesUnavailableError(
                self._problem, banned=isinstance(error, ccxt.DDoSProtection)
            ) from None
        if not isinstance(rows, list):
            self._problem = "an answer that is not a list"
            raise PricesUnavailableError(self._problem)
        return rows

    async def _fetch_candles(self, instrument: Instrument, interval: Interval, opens: range) -> list[Candle]:
        wanted = {"symbol": instrument.symbol, "interval": interval.name, "limit": len(opens)}
        rows = await self._ask("publicGetKlines", {**wanted, "startTime": opens.start * 1000})
        try:
            return [Candle(int(row[0]), int(row[6]), _read_bar(instrument, row[1:6], row[8])) for row in rows]
        except (ValueError, ArithmeticError, LookupError, TypeError):
            raise PricesUnavailableError("malformed candles") from None

    def _keep_candles(self, key: tuple[str, str, int, int], candles: list[Candle]) -> None:
        while len(self._candles) >= _CANDLES_KEPT:
            self._candles.pop(next(iter(self._candles)))
        self._candles[key] = (time.monotonic(), candles)

    def _read_prices(self, rows: list[Any]) -> dict[str, int]:
        try:
            known = [
                (row["symbol"], Decimal(row["price"])) for row in rows if row["symbol"] in self._instruments
            ]
        except (ValueError, ArithmeticError, LookupError, TypeError):
            self._problem = "malformed prices"
            raise PricesUnavailableError(self._problem) from None
        return {symbol: self._instruments[symbol].to_ticks(price) for symbol, price in known if price > 0}

    def _read_days(self, rows: list[Any]) -> dict[str, Bar]:
        names = ("openPrice", "highPrice", "lowPrice", "lastPrice", "volume")
        try:
            return {
                row["symbol"]: _read_bar(
                    self._instruments[row["symbol"]], [row[name] for name in names], row["count"]
                )
                for row in rows
                if row["symbol"] in self._instruments
            }
        except (ValueError, ArithmeticError, LookupError, TypeError):
            raise PricesUnavailableError("malformed tickers") from None


def _open_client(url: str | None) -> Any:
    """A client without keys; with a `url`, every one of its base URLs is there."""
    # Imported here, in a thread, because only this mode needs it and it takes seconds.
    import ccxt.async_support as ccxt_async

    options = {"fetchCurrencies": False, "fetchMargins": False, "fetchMarkets": {"types": ["spot"]}}
    client = ccxt_async.binance({"timeout": _TIMEOUT_MS, "options": options})
    client.aiohttp_trust_env = True
    if url:
        base, urls = url.rstrip("/"), client.urls["api"]
        client.urls["api"] = {name: f"{base}/{one.split('/', 3)[3]}" for name, one in urls.items()}
    return client


def _read_bar(instrument: Instrument, values: list[str], trades: object) -> Bar:
    opened, high, low, closed = (instrument.to_ticks(Decimal(value)) for value in values[:4])
    return Bar(opened, high, low, closed, instrument.to_lots(Decimal(values[4])), int(str(trades)))


def _touch(candle: Candle, ticks: int, newest: int) -> Candle:
    """The candle with the current price in it, if it is the one in progress."""
    if candle.open_time != newest * 1000 or candle.close_time < time.time_ns() // 1_000_000:
        return candle
    bar = candle.bar
    return candle._replace(bar=bar._replace(high=max(bar.high, ticks), low=min(bar.low, ticks), close=ticks))
