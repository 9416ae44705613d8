"""Collects the snapshot of one venue by asking: all tickers in one answer, and a candle only when one has closed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Self

from exchanges.domain import Environment, Instrument, Ticker, Venue
from exchanges.errors import ExchangeUnavailable, RequestRefused
from exchanges.gateway import open_public
from exchanges.instruments import doubt_instruments, get_instruments
from exchanges.market_data.candles import VenueCandles
from exchanges.market_data.subscriptions import Subscription
from exchanges.market_data.view import Snapshot
from exchanges.paper_accounts import paper_status
from exchanges.timeframes import supported_timeframes

# What people's currencies and fees are converted with, where the venue lists it.
CONVERSIONS = ("USDT/BRL", "BTC/USDT", "BTC/BRL", "BNB/USDT", "EUR/USDT")
AT_ONCE = timedelta(0)


class VenueCollector:
    """Keeps the candles of one venue between ticks. Used by one thread; it asks for candles with a few of its own."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.candles = VenueCandles(venue)
        self._client = open_public(venue)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.candles.close()
        self._client.close()

    def collect(
        self, subscriptions: Iterable[Subscription], now: datetime, patience: timedelta = AT_ONCE
    ) -> Snapshot:
        """Ask the exchange and return what it says. Subscriptions to what it does not offer are skipped.

        A candle is asked for once it has been closed for `patience`. Raises ExchangeUnavailable (RateLimited among
        them) if there is no snapshot to be had.
        """
        simulated = self._is_simulated()
        wanted = self.select(subscriptions)
        tickers, exchange_time = self._fetch_market(self.symbols(wanted))
        self.candles.require(wanted)
        self.candles.update(max(now, exchange_time or now), patience)
        return Snapshot(self.venue, now, _priced(tickers), self.candles.series(), simulated)

    def between(self, now: datetime) -> Snapshot | None:  # noqa: ARG002 -- of those who are told
        """What is new since the last tick: who asks knows of nothing in between."""
        return None

    def select(self, subscriptions: Iterable[Subscription]) -> list[Subscription]:
        """Those that the venue offers. Raises ExchangeUnavailable while it does not say what it offers."""
        instruments = get_instruments(self.venue)
        return [one for one in subscriptions if self._is_offered(one, instruments)]

    def symbols(self, wanted: Iterable[Subscription]) -> list[str]:
        """The symbols to have a ticker of: those wanted, and what their assets are converted with."""
        return _symbols(wanted, get_instruments(self.venue))

    def _fetch_market(self, symbols: Sequence[str]) -> tuple[Mapping[str, Ticker], datetime | None]:
        """One pair that is gone from the exchange may refuse them all: what it offers is looked up before the next tick."""
        try:
            tickers, time = self._client.fetch_market(symbols)
        except RequestRefused:
            doubt_instruments(self.venue)
            raise
        if len(tickers) < len(symbols):
            doubt_instruments(self.venue)
        return tickers, time

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


def _symbols(wanted: Iterable[Subscription], instruments: Mapping[str, Instrument]) -> list[str]:
    watched = {one.symbol for one in wanted}
    quotes = {instruments[symbol].quote for symbol in watched}
    pairs = {*CONVERSIONS, *(f"{quote}/USDT" for quote in quotes), *(f"USDT/{quote}" for quote in quotes)}
    return sorted(watched | {pair for pair in pairs if pair in instruments and instruments[pair].active})


def _priced(tickers: Mapping[str, Ticker]) -> dict[str, Ticker]:
    """A pair that has never traded has no price yet."""
    return {symbol: ticker for symbol, ticker in tickers.items() if ticker.last > 0}
