"""A process's turn to write to SQLite, which has one writer at a time.

Whoever waits for SQLite itself asks again and again, with pauses of up to a tenth of a second: of thirty threads that want
to write at once most would sleep while nobody writes. Here the next one is woken as soon as one has written, and only one
thread of each process waits for SQLite. PostgreSQL has row locks and needs no turns.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

_turn = threading.RLock()


@contextmanager
def one_writer() -> Iterator[None]:
    """Around a transaction, or a single statement, that writes and waits for nothing else."""
    if connection.vendor != "sqlite":
        yield
        return
    # As long as SQLite itself is waited for; whoever has no turn by then is left to it.
    has_turn = _turn.acquire(timeout=float(settings.SQLITE_SECONDS))
    try:
        yield
    finally:
        if has_turn:
            _turn.release()
