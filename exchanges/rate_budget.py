"""The cool-down that everybody who asks a venue shares: exchanges count requests by address, not by user.

It lives in Redis so that all processes stop at once; while Redis is away, each process keeps its own.
"""

import threading
import time

from redis.exceptions import RedisError

from exchanges.domain import Venue
from saas.redis import get_redis, key

_held_until: dict[Venue, float] = {}
_lock = threading.Lock()


def hold(venue: Venue, seconds: float) -> None:
    """Nobody asks `venue` for so many seconds. A longer hold that is already there stays."""
    milliseconds = max(1, int(seconds * 1_000))
    try:
        # NX for the first hold; GT lengthens one that is there, and never shortens it.
        get_redis().set(_key(venue), b"1", px=milliseconds, nx=True)
        get_redis().pexpire(_key(venue), milliseconds, gt=True)
    except RedisError:
        with _lock:
            _held_until[venue] = max(_held_until.get(venue, 0.0), time.monotonic() + seconds)


def remaining(venue: Venue) -> float:
    """Seconds until `venue` may be asked again; 0 if it may be asked now."""
    try:
        return max(0, get_redis().pttl(_key(venue))) / 1_000
    except RedisError:
        return max(0.0, _held_until.get(venue, 0.0) - time.monotonic())


def _key(venue: Venue) -> str:
    return key(f"cooldown:{venue}")
