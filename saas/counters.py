"""Counters and heartbeats in Redis, for `/metrics` and `/readyz`. Losing them loses nothing but statistics."""

from datetime import datetime

from saas.redis import get_redis, key

COUNTERS = ("runs", "runs_missed", "runs_expired", "runs_late", "runs_overlapping", "runs_failed")


def counter_key(name: str) -> str:
    return key(f"counter:{name}")


def heartbeat_key(process: str) -> str:
    return key(f"heartbeat:{process}")


def add(name: str, amount: int = 1) -> None:
    if amount:
        get_redis().incrby(counter_key(name), amount)


def beat(process: str, now: datetime) -> None:
    """Note that a process is alive; `heartbeat:<process>` holds the Unix time."""
    get_redis().set(heartbeat_key(process), repr(now.timestamp()))
