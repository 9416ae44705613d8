"""Whether the platform's parts are alive, asked with short timeouts: the whole answer takes at most about 2 s.

Workers, dispatcher, beat and market data are known by their heartbeats in Redis, `heartbeat:<process>`, which hold the
Unix time of the last sign of life as text. A heartbeat that is older than `STALE_SECONDS`, or unknown because Redis does
not answer, counts as down. The processes of this machine are judged one by one; of what it leaves to other machines one of
each kind is enough.
"""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NoAnswer
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.db import DatabaseError, connection
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from saas import processes
from saas.counters import NODE_VARIABLE, heartbeat_key

STALE_SECONDS = 15
DATABASE_SECONDS = 1.5
REDIS_SECONDS = 1.0

# One thread for all: while a question to the database hangs, the next ones do not pile up behind it.
_database_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health-database")


@dataclass(frozen=True)
class Component:
    ok: bool
    detail: str = ""
    heartbeat_age: float | None = None

    def as_json(self) -> dict[str, object]:
        return {"ok": self.ok, **({"detail": self.detail} if self.detail else {})}


def check_all(now: float) -> dict[str, Component]:
    """Every component by name; `now` is the Unix time."""
    asked = _database_thread.submit(_ask_database)
    heartbeats = read_heartbeats()
    redis = Component(ok=heartbeats is not None, detail="" if heartbeats is not None else "no answer")
    alive = {name: _judge(heartbeats, name, now) for name in processes.expected(processes.names_beside())}
    try:
        database = asked.result(DATABASE_SECONDS)
    except NoAnswer:
        asked.cancel()
        database = Component(ok=False, detail="no answer")
    return {"database": database, "redis": redis, **alive}


def _ask_database() -> Component:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        return Component(ok=False, detail=type(error).__name__)
    finally:
        connection.close()
    return Component(ok=True)


@lru_cache(maxsize=1)
def _client(url: str) -> Redis:
    timeouts = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
    return Redis.from_url(url, retry=Retry(NoBackoff(), 0), protocol=2, **timeouts)


def read_values(keys: list[str]) -> list[bytes | None] | None:
    """The values of these keys, or None when Redis does not answer."""
    try:
        values = _client(settings.REDIS_URL).mget(keys)
    except RedisError:
        return None
    return [value if isinstance(value, bytes) else None for value in values]


def read_hash(key: str) -> dict[str, float]:
    """The numbers of a hash; empty when there is none, or Redis does not answer."""
    try:
        found = cast("dict[bytes, bytes]", _client(settings.REDIS_URL).hgetall(key))
    except RedisError:
        return {}
    return {name.decode(): float(value) for name, value in found.items()}


def read_heartbeats() -> Mapping[str, float | None] | None:
    """The last sign of life of each process, None for one that never gave any; None when Redis does not answer."""
    beside, node = processes.names_beside(), os.environ.get(NODE_VARIABLE, "")
    names = processes.expected(beside)
    values = read_values([heartbeat_key(name, node if name in beside else "") for name in names])
    if values is None:
        return None
    return {name: _unix_time(value) for name, value in zip(names, values, strict=True)}


def _unix_time(value: bytes | None) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def _judge(heartbeats: Mapping[str, float | None] | None, name: str, now: float) -> Component:
    if heartbeats is None:
        return Component(ok=False, detail="unknown without Redis")
    written = heartbeats[name]
    if written is None:
        return Component(ok=False, detail="no sign of life yet")
    age = max(0.0, now - written)
    detail = f"no sign of life for {age:.0f} s" if age > STALE_SECONDS else ""
    return Component(ok=not detail, detail=detail, heartbeat_age=age)
