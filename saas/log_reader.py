"""One user's lines out of all log files, rotated ones too, in the order of time."""

import contextlib
import heapq
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saas.log_line import INDENT, START
from saas.logging import LOG_FILES, ROTATED_FILES

POLL_SECONDS = 0.5
AS_WRITTEN: Any = {"encoding": "utf-8", "errors": "replace", "newline": "\n"}


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One logged line, and the indented lines of its traceback."""

    at: str
    text: str


def read_last(directory: Path, user_id: int, count: int) -> list[Entry]:
    """The user's last `count` entries; one that two files have is shown once, with its traceback."""
    newest = [deque(_entries_of(_lines(files), user_id), maxlen=count) for files in _families(directory)]
    merged = _without_repeats(heapq.merge(*newest))
    return list(deque(merged, maxlen=count)) if count else []


def follow(directory: Path, user_id: int, wait: Callable[[float], None] = time.sleep) -> Iterator[Entry]:
    """New entries as they are written, for ever. Files may appear and be rotated meanwhile."""
    tails = [Tail(directory / name) for name in LOG_FILES]
    while True:
        fresh = [list(_entries_of(tail.read_new(), user_id)) for tail in tails]
        yield from _without_repeats(heapq.merge(*(sorted(entries) for entries in fresh)))
        wait(POLL_SECONDS)


class Tail:
    """The whole lines added to a file since the last look, through its rotation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.inode, self.position = self._identify(), self._size()

    def read_new(self) -> list[str]:
        lines: list[str] = []
        if self._identify() != self.inode:
            rotated = self.path.with_name(self.path.name + ".1")
            if rotated.exists() and rotated.stat().st_ino == self.inode:
                lines += self._read(rotated)
            self.inode, self.position = self._identify(), 0
        return lines + (self._read(self.path) if self.path.exists() else [])

    def _read(self, path: Path) -> list[str]:
        with path.open("rb") as file:
            file.seek(self.position)
            whole, newline, _ = file.read().rpartition(b"\n")
        self.position += len(whole) + len(newline)
        return whole.decode("utf-8", "replace").split("\n") if newline else []

    def _identify(self) -> int:
        return self.path.stat().st_ino if self.path.exists() else 0

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0


def _families(directory: Path) -> list[list[Path]]:
    """Each log's files, oldest first."""
    suffixes = [*(f".{number}" for number in range(ROTATED_FILES, 0, -1)), ""]
    return [[directory / f"{name}{suffix}" for suffix in suffixes] for name in LOG_FILES]


def _lines(files: Iterable[Path]) -> Iterator[str]:
    for path in files:
        # A rotation may take the file away between any look and the opening.
        with contextlib.suppress(FileNotFoundError), path.open(**AS_WRITTEN) as file:
            yield from (line.rstrip("\n") for line in file)


def _entries_of(lines: Iterable[str], user_id: int) -> Iterator[Entry]:
    wanted = str(user_id)
    at, collected = "", list[str]()
    for line in lines:
        if collected and line.startswith(INDENT):
            collected.append(line)
            continue
        if collected:
            yield Entry(at, "\n".join(collected))
        start = START.match(line)
        is_theirs = start is not None and start["user"] == wanted
        at, collected = (start["at"], [line]) if start is not None and is_theirs else ("", [])
    if collected:
        yield Entry(at, "\n".join(collected))


def _without_repeats(entries: Iterable[Entry]) -> Iterator[Entry]:
    """An error is in two files; the one with the traceback sorts last, being the longer text."""
    held: Entry | None = None
    for entry in entries:
        if held is not None and not (entry.at == held.at and entry.text.startswith(held.text)):
            yield held
        held = entry
    if held is not None:
        yield held
