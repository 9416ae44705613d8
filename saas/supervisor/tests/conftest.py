"""Tiny real processes to supervise, and a clock that a test moves."""

import os
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from saas.supervisor.journal import Journal
from saas.supervisor.keeper import Keeper
from saas.supervisor.program import Program

PATIENCE_SECONDS = 15


class Clock:
    """Time that passes when the test says so, or with `real`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Stage:
    """A keeper with programs made of shell lines; `terminal` is what a person would have seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.terminal = StringIO()
        self.journal = Journal(folder / "logs", self.terminal)
        self.announced: list[list[str]] = []
        self.keeper: Keeper | None = None

    def program(self, name: str, script: str, **details: Any) -> Program:
        environment = {"PATH": os.environ["PATH"]}
        command = ("/bin/sh", "-c", script)
        return Program(name, command, environment, self.folder, **details)

    def keep(self, *programs: Program, clock: Callable[[], float] = time.monotonic) -> Keeper:
        self.keeper = Keeper(programs, self.journal, self.announced.append, clock)
        return self.keeper

    def drive(self, until: Callable[[], Any], tick: Callable[[], None] = lambda: None) -> None:
        """Turn the keeper's loop until something holds; fails after a while."""
        assert self.keeper is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not until():
            assert time.monotonic() < deadline, f"it never came true; seen: {self.seen}"
            self.keeper.step()
            self.keeper.wait(0.02)
            tick()

    def stop(self) -> None:
        if self.keeper is not None:
            self.keeper.stop()
            self.drive(lambda: self.keeper and self.keeper.stopped)

    @property
    def seen(self) -> str:
        return self.terminal.getvalue()

    @property
    def log(self) -> str:
        return self.journal.path.read_text(encoding="utf-8")

    def pid_in(self, name: str) -> int:
        """The process id that a script has written to a file; 0 until it has."""
        file = self.folder / name
        return int(file.read_text() or 0) if file.exists() else 0


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("LC_ALL", "C")
    stage = Stage(tmp_path)
    yield stage
    stage.stop()
    stage.journal.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()
