"""The market data of a venue that streams, beside the real paper exchange: quick, idle, and never without prices."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from exchanges.domain import Ticker, Venue
from exchanges.gateway import PublicClient
from exchanges.market_data.service import VenueLoop
from exchanges.market_data.snapshot import Snapshot, read_snapshot
from exchanges.market_data.streamed_collector import StreamedCollector
from exchanges.market_data.subscriptions import Subscription
from exchanges.market_data.view import Series
from exchanges.tests.conftest import BINANCE, BYBIT
from exchanges.tests.test_streaming import control_streams, wait_for
from exchanges.timeframes import length_of

VENUES = pytest.mark.parametrize("venue", [BINANCE, BYBIT], ids=str)
SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
ASKING = ("/api/v3/ticker", "/api/v3/klines", "/v5/market/tickers", "/v5/market/kline")

StartLoop = Callable[[Venue], VenueLoop]


@pytest.fixture
def start_loop(paper: str, settings: Any) -> Iterator[StartLoop]:
    """Runs the market data of a venue until the end of the test, streaming."""
    settings.STREAMING = True
    loops: list[VenueLoop] = []

    def start(venue: Venue) -> VenueLoop:
        loop = VenueLoop(venue)
        loop.subscriptions = [Subscription(venue, symbol, "1m", 20) for symbol in SYMBOLS]
        if venue == BINANCE:
            loop.subscriptions += [Subscription(venue, symbol, "1s", 10) for symbol in SYMBOLS]
        loop.start()
        loops.append(loop)
        wait_for(lambda: serves(loop))
        return loop

    yield start
    for loop in loops:
        loop.leave()
        loop.join(20)
        assert not loop.is_alive()
    control_streams(paper, state="open")
    pin(paper, None)


def serves(loop: VenueLoop) -> bool:
    collector = loop._collector
    if not isinstance(collector, StreamedCollector):
        return False
    return collector._is_serving(collector._stream.standing(), datetime.now(UTC))


def pin(url: str, price: str | None) -> None:
    answer = requests.post(
        f"{url}/paper/control/price", json={"symbol": "BTCUSDT", "price": price}, timeout=10
    )
    answer.raise_for_status()


def asked(url: str) -> int:
    """How often prices or candles were asked for."""
    counts = Counter(requests.get(f"{url}/paper/control/requests", timeout=10).json()["endpoints"])
    return sum(count for name, count in counts.items() if any(path in name for path in ASKING))


def snapshot_of(venue: Venue) -> Snapshot:
    snapshot = read_snapshot(venue)
    assert snapshot is not None
    return snapshot


def wait_for_price(venue: Venue, price: str) -> Ticker:
    """BTC's ticker once it is at this price."""
    wait_for(lambda: snapshot_of(venue).tickers["BTC/USDT"].last == Decimal(price))
    return snapshot_of(venue).tickers["BTC/USDT"]


@VENUES
def test_a_price_that_drops_is_seen_at_once(start_loop: StartLoop, paper: str, venue: Venue) -> None:
    start_loop(venue)
    before = asked(paper)
    for price in ("50000", "40000.01", "30000"):
        pin(paper, price)
        ticker = wait_for_price(venue, price)
        assert ticker.bid < ticker.last < ticker.ask, "the book came with the trade"
    assert asked(paper) <= before + 1, "nobody asked but an audit"


@VENUES
def test_with_a_stream_asking_is_nearly_idle(start_loop: StartLoop, paper: str, venue: Venue) -> None:
    start_loop(venue)
    before, versions = asked(paper), set()
    ends = time.monotonic() + 8
    while time.monotonic() < ends:
        snapshot = snapshot_of(venue)
        versions.add(snapshot.taken_at)
        assert datetime.now(UTC) - snapshot.taken_at < timedelta(seconds=5)
        time.sleep(0.05)
    assert len(versions) >= 6
    # 8 of a second each would be asked for without it, and with candles of a second 24 more.
    assert asked(paper) - before <= 5


@VENUES
def test_a_stream_that_is_cut_is_asked_beside_and_comes_back(
    start_loop: StartLoop, paper: str, venue: Venue
) -> None:
    loop = start_loop(venue)
    control_streams(paper, state="closed")
    cut_at, before = datetime.now(UTC), asked(paper)
    wait_for(lambda: asked(paper) >= before + 2)
    wait_for(lambda: snapshot_of(venue).taken_at > cut_at + timedelta(seconds=1))
    pin(paper, "20000")
    wait_for_price(venue, "20000")
    assert not serves(loop)
    control_streams(paper, state="open")
    wait_for(lambda: serves(loop))
    pin(paper, "21000")
    wait_for_price(venue, "21000")


@VENUES
def test_a_silent_stream_is_no_reason_for_old_prices(start_loop: StartLoop, paper: str, venue: Venue) -> None:
    loop = start_loop(venue)
    control_streams(paper, state="silent")
    wait_for(lambda: not serves(loop))
    pin(paper, "20000")
    wait_for_price(venue, "20000")
    control_streams(paper, state="open")
    wait_for(lambda: serves(loop), 40)


def test_told_candles_are_those_that_can_be_asked_for(start_loop: StartLoop, paper: str) -> None:
    start_loop(BINANCE)
    first = snapshot_of(BINANCE).closes["BTC/USDT", "1s"].last_open_time
    wait_for(
        lambda: snapshot_of(BINANCE).closes["BTC/USDT", "1s"].last_open_time > first + timedelta(seconds=12)
    )
    snapshot = snapshot_of(BINANCE)
    assert {key: len(series.closes) for key, series in snapshot.closes.items()} == {
        (symbol, timeframe): window for symbol in SYMBOLS for timeframe, window in (("1m", 20), ("1s", 10))
    }
    with PublicClient(BINANCE) as client:
        for (symbol, timeframe), series in snapshot.closes.items():
            assert closes_from(client, symbol, timeframe, series) == list(series.closes)


def closes_from(client: PublicClient, symbol: str, timeframe: str, series: Series) -> list[Decimal]:
    count = len(series.closes)
    first = series.last_open_time - length_of(timeframe) * (count - 1)
    return [candle.close for candle in client.fetch_candles(symbol, timeframe, count, since=first)]


def test_another_symbol_is_followed_without_another_connection(start_loop: StartLoop, paper: str) -> None:
    loop = start_loop(BINANCE)
    loop.subscriptions = [*loop.subscriptions, Subscription(BINANCE, "XRP/USDT", "1m", 5)]
    wait_for(lambda: ("XRP/USDT", "1m") in snapshot_of(BINANCE).closes)
    wait_for(lambda: serves(loop))
    assert isinstance(loop._collector, StreamedCollector)
    assert loop._collector._stream.standing().connection == 1


def test_a_venue_that_shall_not_stream_asks(paper: str, settings: Any) -> None:
    settings.STREAMING = False
    loop = VenueLoop(BINANCE)
    loop.tick(datetime.now(UTC))
    assert not isinstance(loop._collector, StreamedCollector)
    assert loop._collector is not None
    assert loop._collector.between(datetime.now(UTC)) is None
    loop.close()
