"""What a process may ask while Redis is away: a small share of the limit, counted by itself alone.

Twenty processes together then stay within the limit; holds and reserves go on as this process knows them.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from exchanges.domain import RateLimit, Venue
from exchanges.rate_budget.purposes import CEILINGS, Purpose

SHARES = 20


class OwnAccount:
    """One venue's. Times are monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._granted: deque[tuple[float, int]] = deque()

    def take(self, limit: RateLimit, weight: int, purpose: Purpose) -> float:
        """0 if it may be asked now, else the seconds to wait."""
        now = self._clock()
        with self._lock:
            while self._granted and self._granted[0][0] <= now - limit.seconds:
                self._granted.popleft()
            used = sum(granted for _, granted in self._granted)
            room = max(limit.weight // SHARES * CEILINGS[purpose] // 1_000, min(weight, limit.weight))
            if used + weight <= room:
                self._granted.append((now, weight))
                return 0.0
            return self._wait(now, limit.seconds, used + weight - room)

    def _wait(self, now: float, span: float, excess: int) -> float:
        """Until so much of what was granted lies further back than the span."""
        for at, granted in self._granted:
            excess -= granted
            if excess <= 0:
                return max(0.001, at + span - now)
        return span


_accounts: dict[Venue, OwnAccount] = {}
_lock = threading.Lock()


def account_of(venue: Venue) -> OwnAccount:
    with _lock:
        return _accounts.setdefault(venue, OwnAccount())


def forget() -> None:
    with _lock:
        _accounts.clear()
