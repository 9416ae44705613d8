"""One process of a program: its process group, its output, its end."""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from saas.console import ONLY_SHOWN
from saas.supervisor.orphans import die_with_parent
from saas.supervisor.program import Program

LAST_LINES = 30
LONGEST_LINE = 2000
READ_BYTES = 65536  # what a pipe holds
# A flood must not keep the supervisor from its work: of one reading only so many lines are taken, the last ones.
MOST_LINES = 400


class Child:
    """A running process, leader of a group of its own, so that a Ctrl-C in the terminal reaches only the supervisor.

    Its output is read without ever waiting and kept to the last lines; each line also goes to `on_line`.
    """

    def __init__(self, program: Program, on_line: Callable[[str], None]) -> None:
        self.program = program
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._on_line = on_line
        self._unfinished = b""
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        try:
            self._process = self._start(writer)
        except OSError:
            os.close(self._reader)
            raise
        finally:
            os.close(writer)

    def _start(self, output: int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.program.command,
            cwd=self.program.directory,
            env=dict(self.program.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def fileno(self) -> int:
        """Readable when there is output; for a selector."""
        return self._reader

    def poll(self) -> int | None:
        """The return code of an ended process, negative for a signal; None while it runs."""
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        """To the process and to whatever it started."""
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses a group of zombies
            os.killpg(self.pid, number)

    def close(self) -> None:
        """After its end: take the rest of its output and end what it left behind."""
        self.send(signal.SIGKILL)
        self.read()
        self.read()  # the end may have come while the pipe was full
        if self._unfinished:
            self._take(self._unfinished)
        os.close(self._reader)

    def read(self) -> bool:
        """Take what output there is now; False once the process has closed it."""
        try:
            block = os.read(self._reader, READ_BYTES)
        except BlockingIOError:
            return True
        self._split(block)
        return bool(block)

    def _split(self, block: bytes) -> None:
        *lines, self._unfinished = (self._unfinished + block).split(b"\n")
        if len(lines) > MOST_LINES:
            self._take(b"(%d lines left out)" % (len(lines) - MOST_LINES))
        for line in lines[-MOST_LINES:]:
            self._take(line)
        if len(self._unfinished) > LONGEST_LINE:
            self._take(self._unfinished)
            self._unfinished = b""

    def _take(self, line: bytes) -> None:
        text = line[:LONGEST_LINE].decode("utf-8", "replace").rstrip(" \t\r\n")
        if not text:
            return
        if not text.startswith(ONLY_SHOWN):
            self.last_lines.append(text)
        self._on_line(text)
