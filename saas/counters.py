"""Counters and heartbeats in Redis, for `/metrics` and `/readyz`. Losing them loses nothing but statistics."""

from datetime import datetime

from saas.redis import get_redis

COUNTERS = ("runs", "runs_missed", "runs_expired", "runs_late", "runs_overlapping", "runs_failed")


def add(name: str, amount: int = 1) -> None:
    if amount:
        get_redis().incrby(f"counter:{name}", amount)


def beat(process: str, now: datetime) -> None:
    """Note that a process is alive; `heartbeat:<process>` holds the Unix time."""
    get_redis().set(f"heartbeat:{process}", repr(now.timestamp()))
