"""Threads of one process write to SQLite one after the other, and a waiting one is let in as soon as another has written."""

import threading
from queue import Empty, SimpleQueue

import pytest
from django.db import connection, connections

from saas.one_writer import one_writer
from trades.durability import durable_transaction

SECONDS = 10


class Thread:
    """Takes its turn, says so, and gives it back when told."""

    def __init__(self, entered: "SimpleQueue[str]", name: str) -> None:
        self.leave = threading.Event()
        self._thread = threading.Thread(target=self._take, args=(entered, name))
        self._thread.start()

    def _take(self, entered: "SimpleQueue[str]", name: str) -> None:
        try:
            with one_writer(), one_writer():
                entered.put(name)
                self.leave.wait(SECONDS)
        finally:
            connections.close_all()

    def end(self) -> None:
        self.leave.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


def test_the_next_one_is_let_in_when_one_has_written_and_at_once_where_rows_are_locked() -> None:
    entered: SimpleQueue[str] = SimpleQueue()
    first = Thread(entered, "first")
    assert entered.get(timeout=SECONDS) == "first"
    second = Thread(entered, "second")
    if connection.vendor == "sqlite":
        with pytest.raises(Empty):
            entered.get(timeout=0.2)
        first.end()
    assert entered.get(timeout=SECONDS) == "second"
    first.end()
    second.end()


@pytest.mark.django_db(transaction=True)
def test_a_failed_transaction_gives_its_turn_back() -> None:
    with pytest.raises(LookupError), durable_transaction():
        raise LookupError
    entered: SimpleQueue[str] = SimpleQueue()
    other = Thread(entered, "other")
    assert entered.get(timeout=SECONDS) == "other"
    other.end()
