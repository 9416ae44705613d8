"""The market data process: whole seconds, a loop per watched venue, and silence while nothing changes."""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from hypothesis import given
from hypothesis import strategies as st

from exchanges.domain import Ticker, Venue
from exchanges.market_data import service
from exchanges.market_data.service import MarketDataService, VenueLoop, seconds_to_next_tick
from exchanges.market_data.snapshot import Snapshot, read_snapshot
from exchanges.market_data.subscriptions import Subscription, load_subscriptions
from exchanges.tests.conftest import BINANCE, BYBIT
from exchanges.tests.fake_exchange import FakeExchange, Reply
from exchanges.tests.test_streaming import wait_for
from saas.clock import utc_now
from saas.counters import heartbeat_key

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WANTED: list[Subscription] = []
NAME = "exchanges.tests.test_market_data_service.wanted_now"
LOGGER = "exchanges.market_data.service"

# A tick closes this thread's old connection, which only exists where another test has opened one.
pytestmark = pytest.mark.django_db


def wanted_now() -> Iterable[Subscription]:
    if not WANTED:
        raise DatabaseError("the database is away")
    return list(WANTED)


@pytest.fixture(autouse=True)
def subscriptions(settings: Any) -> Iterator[list[Subscription]]:
    settings.MARKET_DATA_SUBSCRIPTIONS = NAME
    settings.STREAMING = False
    WANTED[:] = [Subscription(BINANCE, "BTC/USDT", "1s", 5)]
    yield WANTED
    WANTED.clear()


class RecordedLoop(VenueLoop):
    """A loop that is never started."""

    left = False

    def leave(self) -> None:
        self.left = True

    def join(self, timeout: float | None = None) -> None:
        return


@given(st.floats(0, 4e9))
def test_ticks_fall_on_whole_seconds_and_do_not_drift(now: float) -> None:
    wait = seconds_to_next_tick(now)
    assert 0 < wait <= 1
    assert (now + wait) == pytest.approx(int(now) + 1, abs=1e-6)


def test_subscriptions_are_grouped_by_venue_each_once(subscriptions: list[Subscription]) -> None:
    subscriptions += [*subscriptions, Subscription(BYBIT, "ETH/USDT", "1m", 20)]
    found = load_subscriptions()
    assert found == {BINANCE: (subscriptions[0],), BYBIT: (subscriptions[2],)}


def test_a_loop_is_kept_for_each_watched_venue(redis: Any, subscriptions: list[Subscription]) -> None:
    loops: list[RecordedLoop] = []

    def start(venue: Venue) -> VenueLoop:
        loops.append(RecordedLoop(venue))
        return loops[-1]

    service = MarketDataService(start)
    service.tick(NOW)
    service.tick(NOW)
    subscriptions[:] = [Subscription(BYBIT, "ETH/USDT", "1m", 20)]
    service.tick(NOW)
    assert [(loop.venue, loop.left) for loop in loops] == [(BINANCE, True), (BYBIT, False)]
    assert loops[1].subscriptions == tuple(subscriptions)


def test_a_database_that_is_away_changes_nothing(
    redis: Any, subscriptions: list[Subscription], caplog: pytest.LogCaptureFixture
) -> None:
    loops: list[RecordedLoop] = []

    def start(venue: Venue) -> VenueLoop:
        loops.append(RecordedLoop(venue))
        return loops[-1]

    service = MarketDataService(start)
    service.tick(NOW)
    subscriptions.clear()
    for _ in range(5):
        service.tick(NOW)
    assert not loops[0].left
    assert loops[0].subscriptions
    assert [record.levelname for record in caplog.records if record.levelno >= logging.WARNING] == ["WARNING"]


def test_each_tick_shows_that_the_process_lives(redis: Any) -> None:
    service = MarketDataService(RecordedLoop)
    service.tick(NOW)
    assert float(redis.get(heartbeat_key("market_data"))) == NOW.timestamp()
    service.tick(NOW + timedelta(seconds=1))
    assert float(redis.get(heartbeat_key("market_data"))) == NOW.timestamp() + 1


def test_an_outage_is_logged_when_it_begins_and_when_it_ends(
    fake: FakeExchange, caplog: pytest.LogCaptureFixture
) -> None:
    loop = VenueLoop(BINANCE)
    caplog.set_level(logging.INFO, LOGGER)
    fake.reply(Reply(b"", 503))
    for _ in range(5):
        loop.tick(NOW)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    loop.close()


def test_a_fault_of_ours_is_logged_once_and_ends_no_loop(
    fake: FakeExchange, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchanges.market_data import service

    def broken(_: Venue) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(service, "VenueCollector", broken)
    loop = VenueLoop(BINANCE)
    for _ in range(5):
        loop.tick(NOW)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert caplog.records[0].exc_info is not None


@contextmanager
def serving() -> Iterator[None]:
    """The service in a thread of its own, which has ended afterwards."""
    leaving = threading.Event()
    thread = threading.Thread(target=MarketDataService().run, args=(leaving,))
    thread.start()
    try:
        yield
    finally:
        leaving.set()
        thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize(("venue", "timeframe"), [(BINANCE, "1s"), (BYBIT, "1m")], ids=str)
def test_the_service_publishes_every_second_until_told_to_leave(
    paper: str, subscriptions: list[Subscription], venue: Venue, timeframe: str
) -> None:
    subscriptions[:] = [Subscription(venue, "BTC/USDT", timeframe, 5)]
    seen: set[datetime] = set()
    with serving():
        deadline = time.monotonic() + 20
        while len(seen) < 3 and time.monotonic() < deadline:
            snapshot = read_snapshot(venue)
            if snapshot is not None:
                seen.add(snapshot.taken_at)
                assert snapshot.closes["BTC/USDT", timeframe].last_open_time <= utc_now()
            time.sleep(0.05)
    assert len(seen) == 3
    assert all(at.microsecond < 500_000 for at in seen)


class Talkative:
    """A collector that has always been told something more, which takes a while to read and is nothing to publish."""

    def __init__(self, loop: VenueLoop) -> None:
        self.loop = loop
        self.ticks: list[float] = []

    def collect(self, subscriptions: Sequence[Subscription], now: datetime) -> Snapshot:
        self.ticks.append(time.time())
        return Snapshot(BINANCE, now, {}, {}, False)

    def between(self, now: datetime) -> None:
        time.sleep(0.4)
        self.loop._told.set()

    def close(self) -> None:
        return


def test_news_without_an_end_keep_no_tick_from_coming(redis: Any, settings: Any) -> None:
    settings.STREAMING = True
    loop = VenueLoop(BINANCE)
    loop._collector = collector = Talkative(loop)
    loop._told.set()
    loop.start()
    wait_for(lambda: len(collector.ticks) >= 6, 60)
    loop.leave()
    loop.join(20)
    pauses = [int(later) - int(before) for before, later in pairwise(collector.ticks)]
    assert sorted(pauses)[len(pauses) // 2] <= 2, pauses


def test_a_venue_that_hangs_delays_nobody_else(
    paper: str, settings: Any, subscriptions: list[Subscription]
) -> None:
    with FakeExchange() as hanging:
        hanging.silent = True
        settings.BYBIT_PAPER_URL = hanging.url
        subscriptions.append(Subscription(BYBIT, "BTC/USDT", "1m", 5))
        leaving = threading.Event()
        thread = threading.Thread(target=MarketDataService().run, args=(leaving,), daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while (read_snapshot(BINANCE) is None or not hanging.asked) and time.monotonic() < deadline:
            leaving.wait(0.05)
        assert read_snapshot(BINANCE) is not None
        assert hanging.asked
        assert read_snapshot(BYBIT) is None
        leaving.set()
        hanging.stopping.set()
        thread.join(15)
        assert not thread.is_alive()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_leaves_on_a_signal(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[bool] = []

    def run(_: MarketDataService, leaving: threading.Event) -> None:
        os.kill(os.getpid(), number)
        left.append(leaving.wait(5))

    monkeypatch.setattr(MarketDataService, "run", run)
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        call_command("market_data")
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    assert left == [True]


def test_a_snapshot_that_says_nothing_new_is_published_only_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published: list[Snapshot] = []
    monkeypatch.setattr(service, "write_snapshot", published.append)
    monkeypatch.setattr(service, "LONGEST_PAUSE_SECONDS", 600)
    loop = VenueLoop(BINANCE)
    first, later = (Snapshot(BINANCE, NOW + timedelta(seconds=age), {}, {}, False) for age in (0, 1))
    ticker = Ticker("BTC/USDT", Decimal(1), Decimal(2), Decimal(1))
    news = replace(later, tickers={"BTC/USDT": ticker})
    for snapshot in (first, later, news, replace(news, taken_at=NOW + timedelta(seconds=2))):
        loop._publish(snapshot)
    assert published == [first, news]
    monkeypatch.setattr(service, "LONGEST_PAUSE_SECONDS", 0)
    loop._publish(news)
    assert published == [first, news, news]
