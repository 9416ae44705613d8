"""Counters, lateness and heartbeats in Redis, for `/metrics`, `/readyz` and the supervisor. Losing them loses statistics.

A process counts in its own memory and writes once a second: with hundreds of runs a second a count must cost nothing. What
is left is written with the process's next sign of life.
"""

import logging
import os
import threading
import time
from collections import Counter, defaultdict
from datetime import datetime

from redis.exceptions import RedisError

from saas.processes import kind_of
from saas.redis import get_redis, key

logger = logging.getLogger(__name__)

COUNTERS = ("looks", "runs", "runs_missed", "runs_expired", "runs_late", "runs_overlapping", "runs_failed")
# From when something was due until it was done: `look` until a bot's levels were compared with the prices, `run` until its
# run began.
LATENESS = ("look", "run")
BUCKETS_PER_SECOND = 100
LAST_BUCKET = 60 * BUCKETS_PER_SECOND
FLUSH_SECONDS = 1.0
# Which supervisor a process belongs to: several machines may each run a process of the same name on one Redis.
NODE_VARIABLE = "CARDUME_NODE"
NODE_KEPT_SECONDS = 600


def counter_key(name: str) -> str:
    return key(f"counter:{name}")


def heartbeat_key(process: str, node: str = "") -> str:
    """Of the newest sign of life of any process of this kind, or of the one of this name on a node."""
    return key(f"heartbeat:{process}:{node}" if node else f"heartbeat:{process}")


def lateness_key(name: str) -> str:
    """A hash: how often each number of hundredths of a second was seen, and `sum`, in seconds."""
    return key(f"lateness:{name}")


class Tally:
    """What this process has counted and not written yet. Any thread may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._lateness: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._written_at = -FLUSH_SECONDS

    def count(self, name: str, amount: int) -> None:
        with self._lock:
            self._counts[name] += amount

    def observe(self, name: str, seconds: float, times: int) -> None:
        bucket = min(max(int(seconds * BUCKETS_PER_SECOND), 0), LAST_BUCKET)
        with self._lock:
            self._lateness[name][bucket] += times
            self._seconds[name] += seconds * times

    def is_due(self) -> bool:
        return time.monotonic() - self._written_at >= FLUSH_SECONDS

    def write(self) -> None:
        """Raises RedisError; what was to be written is lost then."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            lateness, self._lateness = self._lateness, defaultdict(Counter)
            seconds, self._seconds = self._seconds, defaultdict(float)
            self._written_at = time.monotonic()
        if not counts and not lateness:
            return
        with get_redis().pipeline(transaction=False) as pipe:
            for name, amount in counts.items():
                pipe.incrby(counter_key(name), amount)
            for name, buckets in lateness.items():
                pipe.hincrbyfloat(lateness_key(name), "sum", seconds[name])
                for bucket, times in buckets.items():
                    pipe.hincrby(lateness_key(name), str(bucket), times)
            pipe.execute()


_tally = Tally()


def add(name: str, amount: int = 1) -> None:
    """Count. What cannot be counted while Redis is away is not: nothing may fail over statistics."""
    if amount:
        _tally.count(name, amount)
        _write_if_due()


def observe(name: str, seconds: float, times: int = 1) -> None:
    """Note how late something was, and how often."""
    if times:
        _tally.observe(name, seconds, times)
        _write_if_due()


def flush() -> None:
    """Write what was counted."""
    try:
        _tally.write()
    except RedisError as error:
        logger.info("not counted: %s", type(error).__name__)


def forget() -> None:
    """Drop what was not written, and write the next count at once."""
    global _tally
    _tally = Tally()


def _write_if_due() -> None:
    if _tally.is_due():
        flush()


def beat(process: str, now: datetime) -> None:
    """Note that a process is alive: the Unix time, for its kind and for itself on its node. Raises RedisError.

    `heartbeat:worker` is so the newest sign of life of any worker.
    """
    flush()
    written, node = repr(now.timestamp()), os.environ.get(NODE_VARIABLE, "")
    with get_redis().pipeline(transaction=False) as pipe:
        pipe.set(heartbeat_key(kind_of(process)), written)
        if node:
            pipe.set(heartbeat_key(process, node), written, ex=NODE_KEPT_SECONDS)
        pipe.execute()
