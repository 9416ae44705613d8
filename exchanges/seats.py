"""How many threads of one process wait for an exchange, so that nobody who waits for one keeps the others waiting.

Worker threads are shared by all users. One user's private requests may take a quarter of them, one venue's three quarters:
a user with many bots on an exchange that hangs, or an exchange that hangs for everybody, leaves threads for the rest.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from django.conf import settings

from exchanges.domain import Venue
from exchanges.errors import ExchangeUnavailable

MOST_WAIT_SECONDS = 2.0
MOVING_SECONDS = 0.3
REFUSED = "too many requests wait for the exchange"


class NoSeat(ExchangeUnavailable):
    """Too many wait already; try again at the next tick."""


class Seats:
    """Counts who waits. `holder` is whoever asks, such as a user's id.

    Where none is free but one was given back a moment ago, the next is worth waiting for: the exchange answers, and many
    want to ask it at once. Where none is given back, it hangs, and whoever waited would only hang with it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._moved = threading.Condition()
        self._by_holder: Counter[Hashable] = Counter()
        self._by_venue: Counter[Venue] = Counter()
        self._left_at: dict[Venue, float] = {}
        self._waiting = 0

    def take(self, venue: Venue, holder: Hashable, total: int) -> None:
        """Of `total` seats. Raises NoSeat."""
        with self._moved:
            if self._by_holder[holder] >= max(1, total // 4):
                raise NoSeat(REFUSED)
            # Whoever waits has a thread already: it counts for the holder from now on.
            self._by_holder[holder] += 1
            if not self._await_seat(venue, total):
                self._give_back(holder)
                raise NoSeat(REFUSED)
            self._by_venue[venue] += 1

    def take_anyhow(self, venue: Venue, holder: Hashable) -> None:
        """A seat for what must not be refused; others are refused the sooner."""
        with self._moved:
            self._by_holder[holder] += 1
            self._by_venue[venue] += 1

    def _await_seat(self, venue: Venue, total: int) -> bool:
        """Whether the venue has a free seat, for which a few may wait."""
        if self._is_free(venue, total):
            return True
        if self._waiting >= total // 8:
            return False
        self._waiting += 1
        try:
            return self._wait_while_moving(venue, total)
        finally:
            self._waiting -= 1

    def _wait_while_moving(self, venue: Venue, total: int) -> bool:
        deadline = self._clock() + MOST_WAIT_SECONDS
        while not self._is_free(venue, total):
            now = self._clock()
            if now >= deadline or now - self._left_at.get(venue, -MOST_WAIT_SECONDS) > MOVING_SECONDS:
                return False
            self._moved.wait(MOVING_SECONDS)
        return True

    def _is_free(self, venue: Venue, total: int) -> bool:
        return self._by_venue[venue] < max(1, total * 3 // 4)

    def leave(self, venue: Venue, holder: Hashable) -> None:
        with self._moved:
            self._give_back(holder)
            self._by_venue[venue] -= 1
            self._left_at[venue] = self._clock()
            self._moved.notify_all()

    def _give_back(self, holder: Hashable) -> None:
        self._by_holder[holder] -= 1
        # Unary plus drops the zeros: whoever has left is forgotten.
        self._by_holder = +self._by_holder


_seats = Seats()


@contextmanager
def seat(venue: Venue, holder: Hashable, refusable: bool) -> Iterator[None]:
    """Around one request. Raises NoSeat, unless it is not to be refused."""
    if refusable:
        _seats.take(venue, holder, settings.WORKER_CONCURRENCY)
    else:
        _seats.take_anyhow(venue, holder)
    try:
        yield
    finally:
        _seats.leave(venue, holder)
