"""The cool-down that everybody who asks a venue shares, once it has refused one of us for asking too much.

It lives in Redis so that all processes stop at once. Each process also remembers what it was told, for a Redis that is
away or that has lost everything: who asks a venue that has banned this address is banned for longer.
"""

import logging
import threading
import time

from redis.exceptions import RedisError

from exchanges.domain import Venue
from exchanges.rate_budget.names import hold_name
from saas.redis import get_redis

logger = logging.getLogger(__name__)

_held_until: dict[Venue, float] = {}
_lock = threading.Lock()


def hold(venue: Venue, seconds: float) -> None:
    """Nobody asks `venue` for so many seconds. A longer hold that is already there stays."""
    milliseconds = max(1, int(seconds * 1_000))
    remember(venue, seconds)
    try:
        # NX for the first hold; GT lengthens one that is there, and never shortens it.
        get_redis().set(hold_name(venue), b"1", px=milliseconds, nx=True)
        get_redis().pexpire(hold_name(venue), milliseconds, gt=True)
    except RedisError as error:
        logger.info("the hold of %s is kept by this process alone: %s", venue, type(error).__name__)


def remembered(venue: Venue) -> float:
    """Seconds until `venue` may be asked again as far as this process was told; 0 if it may be asked now."""
    return max(0.0, _held_until.get(venue, 0.0) - time.monotonic())


def forget() -> None:
    """Forget what this process remembers."""
    with _lock:
        _held_until.clear()


def remember(venue: Venue, seconds: float) -> None:
    with _lock:
        _held_until[venue] = max(_held_until.get(venue, 0.0), time.monotonic() + seconds)
