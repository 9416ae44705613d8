"""Who writes to SQLite does so one after the other, and a waiting one is let in as soon as another has written."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
from django.db import connection, connections

from saas.environment import ROOT
from saas.one_writer import ProcessTurns, Turns, one_writer
from trades.durability import durable_transaction

SECONDS = 10
PROCESS = """
import sys
from saas.one_writer import ProcessTurns
turns = ProcessTurns(sys.argv[1])
print(turns.take(10), flush=True)
sys.stdin.read()
"""


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


def queue_up(turns: Turns, *names: str) -> "SimpleQueue[str]":
    """Threads that wait for a turn in this order, and say their name when they have it; `!` is urgent."""
    entered: SimpleQueue[str] = SimpleQueue()

    def take(name: str) -> None:
        if turns.take(name.endswith("!"), SECONDS):
            entered.put(name)
            turns.give()

    for count, name in enumerate(names, 1):
        threading.Thread(target=take, args=(name,)).start()
        deadline = time.monotonic() + SECONDS
        while len(turns._urgent) + len(turns._others) < count:
            assert time.monotonic() < deadline
            time.sleep(0.001)
    return entered


def test_what_an_order_waits_for_goes_first() -> None:
    turns = Turns()
    assert turns.take(False, SECONDS)
    entered = queue_up(turns, "answer", "balances", "plan!", "send!")
    turns.give()
    assert [entered.get(timeout=SECONDS) for _ in range(4)] == ["plan!", "send!", "answer", "balances"]


def test_nobody_waits_for_ever_for_those_who_are_urgent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saas.one_writer.PATIENCE_SECONDS", 0)
    turns = Turns()
    assert turns.take(False, SECONDS)
    entered = queue_up(turns, "answer", "plan!")
    turns.give()
    assert [entered.get(timeout=SECONDS) for _ in range(2)] == ["answer", "plan!"]


def test_who_has_waited_in_vain_is_not_let_in_later() -> None:
    turns = Turns()
    assert turns.take(False, SECONDS)
    refused: SimpleQueue[bool] = SimpleQueue()
    waiting = threading.Thread(target=lambda: refused.put(turns.take(True, 0.01)))
    waiting.start()
    assert refused.get(timeout=SECONDS) is False
    waiting.join(SECONDS)
    turns.give()
    assert turns.take(False, 0)


@contextmanager
def other_process(database: Path) -> Iterator[subprocess.Popen[str]]:
    """It has its turn until it ends."""
    command = [sys.executable, "-c", PROCESS, str(database)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        try:
            assert process.stdout.readline() == "True\n"
            yield process
        finally:
            process.kill()


def test_processes_take_turns_and_one_that_is_killed_gives_its_own_back(tmp_path: Path) -> None:
    database = tmp_path / "database"
    turns = ProcessTurns(str(database))
    with other_process(database) as other:
        assert not turns.take(0.05)
        # Nor has it taken the next place with it.
        assert not turns.take(0.05)
        other.kill()
        assert turns.take(SECONDS)
        turns.give()
    turns.close()
