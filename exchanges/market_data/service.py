"""The market data process: a thread per venue, and one that says what is wanted.

A venue's thread ticks on whole seconds. Where the venue streams, its stream has a thread as well, and what that is told
in between is published as soon as SHORTEST_PAUSE_SECONDS allow.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from redis.exceptions import RedisError

from exchanges.dialects import get_dialect
from exchanges.domain import Venue
from exchanges.errors import ExchangeError, ExchangeUnavailable
from exchanges.market_data.collector import VenueCollector
from exchanges.market_data.snapshot import write_snapshot
from exchanges.market_data.streamed_collector import StreamedCollector
from exchanges.market_data.subscriptions import Subscription, load_subscriptions
from exchanges.market_data.view import Snapshot
from exchanges.streaming import MarketStream
from saas import counters
from saas.state_log import StateLog

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
LEAVE_SECONDS = 2.0
SHORTEST_PAUSE_SECONDS = 0.2
# A tick that finds nothing new is left out, unless the last snapshot is about as old as the ticks are apart.
LONGEST_PAUSE_SECONDS = 0.9
# What belongs together comes in several messages.
SETTLE_SECONDS = 0.02
# What a stream tells on the whole second, such as the candles that close there, comes before the tick.
STREAM_FIRST_SECONDS = 0.05


def seconds_to_next_tick(time: float) -> float:
    """Ticks fall on whole seconds of the epoch: they do not drift, and a late one skips to the next."""
    return TICK_SECONDS - time % TICK_SECONDS


class Collector(Protocol):
    """What a venue's snapshots come from."""

    def collect(self, subscriptions: Sequence[Subscription], now: datetime) -> Snapshot: ...
    def between(self, now: datetime) -> Snapshot | None: ...
    def close(self) -> None: ...


class VenueLoop(threading.Thread):
    """One venue's ticks, and what its stream tells in between. A slow or failing exchange delays nobody else."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(name=f"market-data-{venue}", daemon=True)
        self.venue = venue
        self.subscriptions: Sequence[Subscription] = ()
        self._leaving = threading.Event()
        self._told = threading.Event()
        self._log = StateLog(logger, f"market data of {venue}")
        self._streams = is_streaming(venue)
        self._collector: Collector | None = None
        self._published: Snapshot | None = None
        self._published_at = float("-inf")
        self._second = 0

    def leave(self) -> None:
        self._leaving.set()
        self._told.set()

    def run(self) -> None:
        self._second = self._present_second()
        while not self._leaving.is_set():
            if not self._is_overdue() and self._told.wait(self._seconds_to_next_tick()):
                self._look()
            else:
                self._tick_now()
        self.close()

    def close(self) -> None:
        if self._collector is not None:
            self._collector.close()

    def tick(self, now: datetime) -> None:
        self._guard(lambda: self._publish(self._open().collect(self.subscriptions, now)))

    def _look(self) -> None:
        """Publish what the stream told, no sooner than allowed, unless a tick comes first."""
        since = time.monotonic() - self._published_at
        pause = max(SETTLE_SECONDS, SHORTEST_PAUSE_SECONDS - since)
        until_tick = self._seconds_to_next_tick()
        if self._leaving.wait(min(pause, until_tick)):
            return
        if pause >= until_tick:
            self._tick_now()
            return
        self._told.clear()
        self._guard(lambda: self._publish_between(datetime.now(UTC)))

    def _tick_now(self) -> None:
        self.tick(datetime.now(UTC))
        self._second = self._present_second()

    def _is_overdue(self) -> bool:
        """Whether a look took until after the whole second: news without an end must not keep the ticks from coming."""
        return self._present_second() != self._second

    def _present_second(self) -> int:
        return int(self._ticks_clock() // TICK_SECONDS)

    def _seconds_to_next_tick(self) -> float:
        return seconds_to_next_tick(self._ticks_clock())

    def _ticks_clock(self) -> float:
        return time.time() - (STREAM_FIRST_SECONDS if self._streams else 0)

    def _publish_between(self, now: datetime) -> None:
        snapshot = self._open().between(now)
        if snapshot is not None:
            self._publish(snapshot)

    def _publish(self, snapshot: Snapshot) -> None:
        """Write it if it says something new, or if it is time to say that nothing is."""
        moment = time.monotonic()
        kept = self._published
        is_news = kept is None or (kept.tickers, kept.closes) != (snapshot.tickers, snapshot.closes)
        if is_news or moment - self._published_at >= LONGEST_PAUSE_SECONDS:
            write_snapshot(snapshot)
            self._published, self._published_at = snapshot, moment

    def _open(self) -> Collector:
        if self._collector is None:
            self._collector = open_collector(self.venue, self._told.set)
        return self._collector

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
            self._log.report("fresh", logging.INFO)
        except ExchangeUnavailable as error:
            self._log.report(f"unavailable: {type(error).__name__} {error.code}".rstrip())
        except (ExchangeError, RedisError) as error:
            self._log.report(f"failing: {type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 -- a fault of ours must not end this venue's ticks for good
            self._log.report(f"broken: {type(error).__name__}", logging.ERROR, error)


def is_streaming(venue: Venue) -> bool:
    """Whether this venue can tell its prices, and is wanted to."""
    return bool(settings.STREAMING) and get_dialect(venue.exchange).streams is not None


def open_collector(venue: Venue, on_news: Callable[[], None]) -> Collector:
    """A collector whose stream, if it has one, was started."""
    if not is_streaming(venue):
        return VenueCollector(venue)
    stream = MarketStream(venue, on_news)
    collector = StreamedCollector(venue, stream)
    stream.start()
    return collector


class MarketDataService:
    """Keeps a loop for each venue that somebody watches."""

    def __init__(self, start_loop: Callable[[Venue], VenueLoop] | None = None) -> None:
        self._loops: dict[Venue, VenueLoop] = {}
        self._start_loop = start_loop or _start_loop
        self._log = StateLog(logger, "market data of all venues")

    def run(self, leaving: threading.Event) -> None:
        """Tick until told to leave."""
        self.tick(datetime.now(UTC))
        while not leaving.wait(seconds_to_next_tick(time.time())):
            self.tick(datetime.now(UTC))
        for loop in self._loops.values():
            loop.leave()
        for loop in self._loops.values():
            loop.join(LEAVE_SECONDS)

    def tick(self, now: datetime) -> None:
        """Say that the process lives, and hand each venue what is wanted of it."""
        try:
            counters.beat("market_data", now)
            close_old_connections()
            wanted = load_subscriptions()
        except (RedisError, DatabaseError) as error:
            self._log.report(f"no subscriptions: {type(error).__name__}")
            return  # what was wanted before is still collected
        self._log.report("watching", logging.INFO)
        self._assign(wanted)

    def _assign(self, wanted: dict[Venue, tuple[Subscription, ...]]) -> None:
        for venue in self._loops.keys() - wanted.keys():
            self._loops.pop(venue).leave()
        for venue, subscriptions in wanted.items():
            if venue not in self._loops:
                self._loops[venue] = self._start_loop(venue)
            self._loops[venue].subscriptions = subscriptions


def _start_loop(venue: Venue) -> VenueLoop:
    loop = VenueLoop(venue)
    loop.start()
    return loop
