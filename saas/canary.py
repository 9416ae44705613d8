"""How a worker proves that it hears: a tiny message to itself, every few seconds, through Celery's own way in.

A worker may live and be deaf: its connection is lost and nobody noticed, or the library believes that it has taken as
many messages as it may. A heartbeat of its own would go on; only a message that arrives proves something. It goes out
through a connection that has nothing to do with Celery's, and is heard by the worker's event loop without a thread of
the pool: a worker all of whose threads are at work is busy, not deaf.

The queue belongs to one process, and the heartbeat is in that process's name. The queue never holds more than the last
message, and Redis forgets it a minute after the process has ended, however that happened.
"""

import json
import logging
import threading
import uuid
from collections.abc import Callable
from datetime import datetime

from kombu import Exchange, Queue
from redis.exceptions import RedisError

from saas import counters
from saas.clock import utc_now
from saas.processes import own_name
from saas.redis import get_redis, key

logger = logging.getLogger(__name__)

TASK = "saas.tasks.canary"
PAUSE_SECONDS = 3.0
QUEUE_KEPT_SECONDS = 60
# A pool whose threads are all taken and which begins nothing for this long is stuck, not busy. An exchange's answer is
# awaited for 10 s, a database's for 20.
STUCK_SECONDS = 120


class Pool:
    """What the pool is doing: `running` tasks at this moment of at most `threads`, `begun` since the start."""

    def __init__(
        self, threads: int, running: Callable[[], int], begun: Callable[[], int], now: float = 0
    ) -> None:
        self._threads = threads
        self._running = running
        self._begun = begun
        self._last = (begun(), now)

    def is_busy(self, now: float) -> bool:
        """Whether it has no thread to spare and still moves; `now` is a monotonic time in seconds."""
        begun = self._begun()
        if begun != self._last[0]:
            self._last = (begun, now)
        return self._running() >= self._threads and now - self._last[1] < STUCK_SECONDS


class Canary:
    """One worker's messages to itself. `hear` may be called from any thread."""

    def __init__(self) -> None:
        self.queue_name = f"canary.{uuid.uuid4().hex}"
        self._heard = False

    def queue(self) -> Queue:
        """For Celery to consume. No exchange, so that no binding is left behind; no ack, so that nothing comes back."""
        return Queue(self.queue_name, Exchange(""), routing_key=self.queue_name, no_ack=True)

    def hear(self) -> None:
        self._heard = True

    def sing(self, busy: bool, now: datetime) -> None:
        """Note a sign of life if the last message was heard, or could not be, and send the next. Raises RedisError."""
        heard, self._heard = self._heard, False
        if heard or busy:
            counters.beat(own_name(), now)
        name = key(self.queue_name)
        with get_redis().pipeline() as pipe:
            pipe.delete(name)
            pipe.lpush(name, self._message())
            pipe.expire(name, QUEUE_KEPT_SECONDS)
            pipe.execute()

    def leave(self) -> None:
        """Take the queue along. Raises RedisError."""
        get_redis().delete(key(self.queue_name))

    def _message(self) -> str:
        """As kombu writes one to Redis."""
        properties = {
            "delivery_tag": uuid.uuid4().hex,
            "delivery_info": {"exchange": "", "routing_key": self.queue_name},
            "body_encoding": "base64",
        }
        shape = {"content-type": "application/json", "content-encoding": "utf-8", "body": ""}
        return json.dumps({**shape, "headers": {"task": TASK}, "properties": properties})


class Singer(threading.Thread):
    """Sings until told to leave. A Redis that is away is the supervisor's to judge; it is tried again."""

    def __init__(self, canary: Canary, is_busy: Callable[[], bool]) -> None:
        super().__init__(name="canary", daemon=True)
        self._canary = canary
        self._is_busy = is_busy
        self._leaving = threading.Event()

    def leave(self) -> None:
        self._leaving.set()

    def run(self) -> None:
        self._try(lambda: self._canary.sing(False, utc_now()))
        while not self._leaving.wait(PAUSE_SECONDS):
            self._try(lambda: self._canary.sing(self._is_busy(), utc_now()))
        self._try(self._canary.leave)

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except RedisError as error:
            logger.info("the canary found no Redis: %s", type(error).__name__)
