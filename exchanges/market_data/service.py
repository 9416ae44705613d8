"""The market data process: a thread per venue that ticks on whole seconds, and one that says what is wanted."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from django.db import DatabaseError, close_old_connections
from redis.exceptions import RedisError

from exchanges.domain import Venue
from exchanges.errors import ExchangeError, ExchangeUnavailable
from exchanges.market_data.collector import VenueCollector
from exchanges.market_data.snapshot import write_snapshot
from exchanges.market_data.subscriptions import Subscription, load_subscriptions
from saas import counters

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
LEAVE_SECONDS = 2.0


def seconds_to_next_tick(time: float) -> float:
    """Ticks fall on whole seconds of the epoch: they do not drift, and a late one skips to the next."""
    return TICK_SECONDS - time % TICK_SECONDS


class StateLog:
    """Logs a state when it changes, never once per tick."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._state = ""

    def report(self, state: str, level: int = logging.WARNING, error: Exception | None = None) -> None:
        if state != self._state:
            self._state = state
            logger.log(level, "market data of %s: %s", self._subject, state, exc_info=error)


class VenueLoop(threading.Thread):
    """One venue's ticks. A slow or failing exchange delays nobody else."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(name=f"market-data-{venue}", daemon=True)
        self.venue = venue
        self.subscriptions: Sequence[Subscription] = ()
        self._leaving = threading.Event()
        self._log = StateLog(str(venue))
        self._collector: VenueCollector | None = None

    def leave(self) -> None:
        self._leaving.set()

    def run(self) -> None:
        while not self._leaving.wait(seconds_to_next_tick(time.time())):
            self.tick(datetime.now(UTC))
        self.close()

    def close(self) -> None:
        if self._collector is not None:
            self._collector.close()

    def tick(self, now: datetime) -> None:
        try:
            if self._collector is None:
                self._collector = VenueCollector(self.venue)
            write_snapshot(self._collector.collect(self.subscriptions, now))
            self._log.report("fresh", logging.INFO)
        except ExchangeUnavailable as error:
            self._log.report(f"unavailable: {type(error).__name__} {error.code}".rstrip())
        except (ExchangeError, RedisError) as error:
            self._log.report(f"failing: {type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 -- a fault of ours must not end this venue's ticks for good
            self._log.report(f"broken: {type(error).__name__}", logging.ERROR, error)


class MarketDataService:
    """Keeps a loop for each venue that somebody watches."""

    def __init__(self, start_loop: Callable[[Venue], VenueLoop] | None = None) -> None:
        self._loops: dict[Venue, VenueLoop] = {}
        self._start_loop = start_loop or _start_loop
        self._log = StateLog("all venues")

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
