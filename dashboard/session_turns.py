"""One at a time for each browser, among the threads of this process and among processes.

A refresh token is good once: two that spent it would end the sign-in. Who is killed leaves no turn taken behind, for
the locks between processes are the system's.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock

from dashboard.api_errors import Unreachable

# Browsers share them, by chance: more would only make it rarer that one waits for a stranger's call.
TURNS = 1024
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.02


class SessionTurns:
    def __init__(self, path: Path) -> None:
        self._descriptor = _open(path)
        self._threads = [RLock() for _ in range(TURNS)]
        self._depths = [0] * TURNS

    @contextmanager
    def turn(self, place: bytes) -> Iterator[None]:
        """Within it, nobody else has the turn of this place; whoever has it may take it again.

        Raises Unreachable if another process does not give it back.
        """
        number = int.from_bytes(place[:4], "big") % TURNS
        with self._threads[number]:
            if self._depths[number] == 0:
                self._take(number)
            self._depths[number] += 1
            try:
                yield
            finally:
                self._depths[number] -= 1
                if self._depths[number] == 0:
                    self._give_back(number)

    def _take(self, number: int) -> None:
        """Asked for again and again: waiting in the system would take threads of two processes for a deadlock."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._try(number):
            if time.monotonic() > deadline:
                raise Unreachable("another dashboard does not give this session back")
            time.sleep(PAUSE_SECONDS)

    def _try(self, number: int) -> bool:
        if self._descriptor is None:
            return True
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _give_back(self, number: int) -> None:
        if self._descriptor is not None:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, number)


def _open(path: Path) -> int | None:
    """Never closed: closing any descriptor of it would give back all of the process's turns. None where it cannot be."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return None
