"""Forked children: each runs one function with connections of its own, and may be killed at any instruction."""

import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PATIENCE_SECONDS = 120
FAILED = 3
READ_BYTES = 65_536


class ChildFailed(Exception):
    """A child raised what nobody caught, ended in a way it should not have, or hung; the text has its traceback."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended: `killed` by SIGKILL, or by itself with `result`."""

    killed: bool
    result: Any = None


class Child:
    """A running child, its pipe, and its end."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._pipe, write_end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._pipe)
            _run(work, write_end)
        os.close(write_end)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait_stopped(self) -> bool:
        """Until it has stopped itself (SIGSTOP); False if it ended instead, which `wait` then tells."""
        information = os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return information is not None and information.si_code == os.CLD_STOPPED

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def wait(self) -> Ending:
        """Its end. Raises ChildFailed."""
        output = self._read()
        status = os.waitpid(self.pid, 0)[1]
        os.close(self._pipe)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return Ending(killed=True)
        if not os.WIFEXITED(status) or os.WEXITSTATUS(status) != 0:
            raise ChildFailed(output.decode() or f"ended with status {status}")
        return Ending(killed=False, result=json.loads(output))

    def _read(self) -> bytes:
        """Everything it writes until it ends."""
        chunks: list[bytes] = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while select.select([self._pipe], [], [], max(0, deadline - time.monotonic()))[0]:
            chunk = os.read(self._pipe, READ_BYTES)
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)
        self.kill()
        os.waitpid(self.pid, 0)
        raise ChildFailed(f"child {self.pid} hung")


def _run(work: Callable[[], Any], pipe: int) -> None:
    """In the child: never returns."""
    code = FAILED
    try:
        output = json.dumps(work())
        code = 0
    except BaseException:  # noqa: BLE001 -- the parent is told, and raises
        output = traceback.format_exc()
    os.write(pipe, output.encode())
    os._exit(code)


def run(work: Callable[[], Any]) -> Any:
    """What a child that must not die returns. Raises ChildFailed."""
    ending = Child(work).wait()
    if ending.killed:
        raise ChildFailed("killed by somebody")
    return ending.result


def die() -> None:
    """The end of this process, at this very instruction."""
    os.kill(os.getpid(), signal.SIGKILL)
