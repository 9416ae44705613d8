"""How many private sessions one process has open, so that nobody who waits for an exchange keeps the others waiting.

Worker threads are shared by all users. One user's sessions may take a quarter of them and one venue's three quarters: a user
with many bots on an exchange that hangs, or an exchange that hangs for everybody, leaves threads for the rest.
"""

import threading
from collections import Counter
from collections.abc import Hashable

from django.conf import settings

from exchanges.domain import Venue
from exchanges.errors import ExchangeUnavailable


class NoSeat(ExchangeUnavailable):
    """Too many sessions wait already; try again at the next tick."""


class Seats:
    """Counts what is open. `holder` is whoever a session is for, such as a user's id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_holder: Counter[Hashable] = Counter()
        self._by_venue: Counter[Venue] = Counter()

    def take(self, venue: Venue, holder: Hashable, total: int) -> None:
        """Of `total` seats. Raises NoSeat."""
        with self._lock:
            if self._by_holder[holder] >= max(1, total // 4) or self._by_venue[venue] >= max(
                1, total * 3 // 4
            ):
                raise NoSeat("too many requests wait for the exchange")
            self._by_holder[holder] += 1
            self._by_venue[venue] += 1

    def leave(self, venue: Venue, holder: Hashable) -> None:
        with self._lock:
            self._by_holder[holder] -= 1
            self._by_venue[venue] -= 1
            # Unary plus drops the zeros: whoever has left is forgotten.
            self._by_holder, self._by_venue = +self._by_holder, +self._by_venue


_seats = Seats()


def take(venue: Venue, holder: Hashable) -> None:
    """Raises NoSeat."""
    _seats.take(venue, holder, settings.WORKER_CONCURRENCY)


def leave(venue: Venue, holder: Hashable) -> None:
    _seats.leave(venue, holder)
