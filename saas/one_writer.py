"""A turn to write to SQLite, which has one writer at a time.

Whoever waits for SQLite itself asks again and again, with pauses of up to a tenth of a second: of thirty threads that want
to write at once most would sleep while nobody writes, and of two processes one would write all the time. Here the next
thread is let in as soon as one has written, and the processes of a machine take turns by locks on two files beside the
database. PostgreSQL has row locks and needs no turns.

    wait for the other threads of this process ─ for the other processes ─ write ─ let the next one in

What an order waits for before it can be sent goes before what is written down afterwards.
"""

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.db import connection

# Nobody who is not urgent waits longer than this for those who are.
PATIENCE_SECONDS = 0.5
# A file's lock is asked for again so soon.
PAUSE_SECONDS = 0.0005


class _Waiting:
    """One thread in a queue, let in by whoever leaves."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.door = threading.Lock()
        self.door.acquire()


class Turns:
    """The threads of one process, one at a time; who holds a turn may take it again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._depth = 0
        self._urgent: deque[_Waiting] = deque()
        self._others: deque[_Waiting] = deque()

    def take(self, urgent: bool, seconds: float) -> bool:
        """Whether it was this thread's turn within so many seconds."""
        me = threading.get_ident()
        with self._lock:
            if self._holder in (None, me):
                self._holder = me
                self._depth += 1
                return True
            waiting = _Waiting(time.monotonic())
            queue = self._urgent if urgent else self._others
            queue.append(waiting)
        if not waiting.door.acquire(timeout=seconds) and self._forget(queue, waiting):
            return False
        self._holder, self._depth = me, 1
        return True

    def _forget(self, queue: deque[_Waiting], waiting: _Waiting) -> bool:
        """Whether it was still waiting."""
        with self._lock:
            if waiting not in queue:
                return False
            queue.remove(waiting)
            return True

    @property
    def is_nested(self) -> bool:
        """For who holds it: whether this is not the first time."""
        return self._depth > 1

    def give(self) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth:
                return
            following = self._choose()
            # Let in before anybody else can come: the turn is never free in between.
            self._holder = None if following is None else -1
        if following is not None:
            following.door.release()

    def _choose(self) -> _Waiting | None:
        if self._others and time.monotonic() - self._others[0].since > PATIENCE_SECONDS:
            return self._others.popleft()
        queue = self._urgent or self._others
        return queue.popleft() if queue else None


class ProcessTurns:
    """The processes that write to one file; a process that ends gives back what it had.

    Whoever has the place of the next one is let in when the present one has written, before that one writes again.
    """

    def __init__(self, database: str) -> None:
        self._next = os.open(f"{database}-next", os.O_RDWR | os.O_CREAT, 0o600)
        self._turn = os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT, 0o600)

    def take(self, seconds: float) -> bool:
        """Whether it was this process's turn within so many seconds."""
        deadline = time.monotonic() + seconds
        if not _wait_for(self._next, deadline):
            return False
        try:
            return _wait_for(self._turn, deadline)
        finally:
            fcntl.flock(self._next, fcntl.LOCK_UN)

    def give(self) -> None:
        fcntl.flock(self._turn, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._next)
        os.close(self._turn)


def _wait_for(descriptor: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(PAUSE_SECONDS)
        else:
            return True


_turns = Turns()


@cache
def _process_turns(database: str) -> ProcessTurns:
    return ProcessTurns(database)


def _begin_anew() -> None:
    """A child has none of its parent's threads, and must not hold its parent's locks."""
    global _turns
    _turns = Turns()
    _process_turns.cache_clear()


os.register_at_fork(after_in_child=_begin_anew)


@contextmanager
def one_writer(*, urgent: bool = False) -> Iterator[None]:
    """Around a transaction, or a single statement, that writes and waits for nothing else.

    `urgent` is what an order waits for before it can be sent. As long as SQLite itself is waited for, a turn is; whoever
    has none by then is left to SQLite.
    """
    if connection.vendor != "sqlite":
        yield
        return
    seconds = float(settings.SQLITE_SECONDS)
    if not _turns.take(urgent, seconds):
        yield
        return
    try:
        if _turns.is_nested:
            yield
            return
        processes = _process_turns(str(connection.settings_dict["NAME"]))
        has_turn = processes.take(seconds)
        try:
            yield
        finally:
            if has_turn:
                processes.give()
    finally:
        _turns.give()
