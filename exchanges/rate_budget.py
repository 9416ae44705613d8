"""The cool-down that everybody who asks a venue shares: exchanges count requests by address, not by user.

It lives in Redis so that all processes stop at once. Without Redis each process still keeps its own.
"""

import threading
import time

from redis.exceptions import RedisError

from exchanges.domain import Venue
from saas.redis import get_redis

_held_until: dict[Venue, float] = {}
_lock = threading.Lock()


def hold(venue: Venue, seconds: float) -> None:
    """Nobody asks `venue` for so many seconds. A longer hold that is already there stays."""
    with _lock:
        _held_until[venue] = max(_held_until.get(venue, 0.0), time.monotonic() + seconds)
    milliseconds = max(1, int(seconds * 1_000))
    try:
        # Two commands and not one: NX for the first hold, GT to lengthen it but never to shorten it.
        get_redis().set(_key(venue), b"1", px=milliseconds, nx=True)
        get_redis().pexpire(_key(venue), milliseconds, gt=True)
    except RedisError:
        return  # this process keeps the hold; the others find out from the exchange itself


def remaining(venue: Venue) -> float:
    """Seconds until `venue` may be asked again; 0 if it may be asked now."""
    own = _held_until.get(venue, 0.0) - time.monotonic()
    try:
        shared = int(get_redis().pttl(_key(venue))) / 1_000
    except RedisError:
        shared = 0.0
    return max(0.0, own, shared)


def release(venue: Venue) -> None:
    """Forget the hold of this process and the shared one."""
    with _lock:
        _held_until.pop(venue, None)
    get_redis().delete(_key(venue))


def _key(venue: Venue) -> str:
    return f"cooldown:{venue}"
