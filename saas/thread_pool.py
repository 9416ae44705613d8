"""Celery's pool of threads, in which the thread that worked last works next.

Each thread comes to own memory that it keeps: a connection to the database, its statements and its pages. Where all take
turns, all of them fill up, over hours; here few do for as long as few are needed.
"""

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any

from celery.concurrency import thread


class LatestFirst:
    """The queue of a ThreadPoolExecutor: what comes first is given first, to whoever has begun to wait last."""

    def __init__(self) -> None:
        # A finalizer may put something while this thread is within `put`.
        self._lock = threading.RLock()
        self._items: deque[Any] = deque()
        self._waiting: list[SimpleQueue[Any]] = []

    def put(self, item: Any) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.pop().put(item)
            else:
                self._items.append(item)

    def get(self, block: bool = True) -> Any:
        """Raises Empty where there is nothing and it must not wait."""
        with self._lock:
            if self._items:
                return self._items.popleft()
            if not block:
                raise Empty
            own: SimpleQueue[Any] = SimpleQueue()
            self._waiting.append(own)
        return own.get()

    def get_nowait(self) -> Any:
        return self.get(block=False)

    def qsize(self) -> int:
        return len(self._items)


class TaskPool(thread.TaskPool):
    executor: ThreadPoolExecutor

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # While it has no thread yet; there is no other way to tell it.
        self.executor._work_queue = LatestFirst()  # type: ignore[assignment]
