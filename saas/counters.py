"""Counters and heartbeats in Redis, for `/metrics`, `/readyz` and the supervisor. Losing them loses only statistics."""

import logging
import os
from datetime import datetime

from redis.exceptions import RedisError

from saas.redis import get_redis, key

logger = logging.getLogger(__name__)

COUNTERS = ("runs", "runs_missed", "runs_expired", "runs_late", "runs_overlapping", "runs_failed")
# Which supervisor a process belongs to: several machines may each run a process of the same name on one Redis.
NODE_VARIABLE = "CARDUME_NODE"
NODE_KEPT_SECONDS = 600


def counter_key(name: str) -> str:
    return key(f"counter:{name}")


def heartbeat_key(process: str, node: str = "") -> str:
    """Of the newest sign of life of any process of this name, or of one node's."""
    return key(f"heartbeat:{process}:{node}" if node else f"heartbeat:{process}")


def add(name: str, amount: int = 1) -> None:
    """Count. What cannot be counted while Redis is away is not: nothing may fail over statistics."""
    if not amount:
        return
    try:
        get_redis().incrby(counter_key(name), amount)
    except RedisError as error:
        logger.info("not counted: %s by %s (%s)", name, amount, type(error).__name__)


def beat(process: str, now: datetime) -> None:
    """Note that a process is alive; `heartbeat:<process>` and its node's own hold the Unix time. Raises RedisError."""
    written, node = repr(now.timestamp()), os.environ.get(NODE_VARIABLE, "")
    with get_redis().pipeline(transaction=False) as pipe:
        pipe.set(heartbeat_key(process), written)
        if node:
            pipe.set(heartbeat_key(process, node), written, ex=NODE_KEPT_SECONDS)
        pipe.execute()
