"""A transaction whose commit survives a power cut.

SQLite in WAL mode with synchronous=NORMAL may lose its last commits when the power fails; the transactions of the order
protocol must not. PostgreSQL's commits are durable as they are.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import connection, transaction

from saas.one_writer import one_writer


@contextmanager
def durable_transaction(*, urgent: bool = False) -> Iterator[None]:
    """An outermost transaction, on disk when the block has ended; `urgent` as for `one_writer`."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        # Only tests get here inside a transaction of their own, which SQLite's PRAGMA would refuse.
        with transaction.atomic(durable=True):
            yield
        return
    _set_synchronous("FULL")
    try:
        with ExitStack() as turn:
            turn.enter_context(one_writer(urgent=urgent))
            with transaction.atomic(durable=True):
                # What else is to be done after the commit keeps no other writer waiting.
                transaction.on_commit(turn.close)
                yield
    finally:
        _set_synchronous("NORMAL")


def _set_synchronous(level: str) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        connection.connection.execute(f"PRAGMA synchronous={level}")
