"""What the supervisor says: short on the terminal, everything in `logs/supervisor.log`, which is rotated."""

import logging
import select
import sys
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

from saas.console import ONLY_SHOWN

FILE_NAME = "supervisor.log"
FILE_BYTES = 5_000_000
OLD_FILES = 3


class _File(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """A full disk costs the line, never a process."""


class Journal:
    def __init__(self, directory: Path, terminal: TextIO | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / FILE_NAME
        self._terminal = sys.stdout if terminal is None else terminal
        self._file = _File(self.path, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8")
        self._file.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))

    def say(self, text: str) -> None:
        """To the person at the terminal, and to the file."""
        self.record("up", text)
        self.show(text)

    def record(self, process: str, line: str) -> None:
        """To the file only."""
        self._file.handle(logging.LogRecord(process, logging.INFO, "", 0, "%s", (line,), None))

    def take(self, process: str, line: str) -> None:
        """A line that a process has written."""
        if line.startswith(ONLY_SHOWN):
            self.show(line.removeprefix(ONLY_SHOWN))
        else:
            self.record(process, line)

    def show(self, text: str) -> None:
        """To the terminal only, and not at all while nobody reads it: a full pipe must not stop the supervisor."""
        with suppress(OSError, ValueError):
            if self._writable():
                self._terminal.write(text + "\n")
                self._terminal.flush()

    def _writable(self) -> bool:
        try:
            descriptor = self._terminal.fileno()
        except OSError:
            return True  # memory, in tests
        return bool(select.select([], [descriptor], [], 0)[1])

    def close(self) -> None:
        self._file.close()
