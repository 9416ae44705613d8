"""The loop that starts programs, watches them, starts them again, and stops them in reverse order."""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType

from saas.supervisor.journal import Journal
from saas.supervisor.program import Program
from saas.supervisor.task import Task
from saas.supervisor.texts import say

READY_WITHIN_SECONDS = 60
STOP_WITHIN_SECONDS = 16
TICK_SECONDS = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CHILD_ENDED_WITHOUT_START = 127
# What a program that is to succeed once says when trying again would change nothing; BSD's sysexits call it EX_CONFIG.
REFUSED = os.EX_CONFIG


class Keeper:
    """Keeps programs running until it is told to stop.

    `announce` is called once: with no names as soon as every awaited program has been ready, or after a minute with
    the names of those that have not.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        journal: Journal,
        announce: Callable[[list[str]], None],
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._journal = journal
        self._tasks = {program.name: Task(program, self._recorder(program.name)) for program in programs}
        self._announce: Callable[[list[str]], None] | None = announce
        self._clock = clock
        self._wall_clock = wall_clock
        self._began = clock()
        self._stop_deadline: float | None = None
        self.exit_code = 0
        self._selector = selectors.DefaultSelector()

    def _recorder(self, name: str) -> Callable[[str], None]:
        return lambda line: self._journal.take(name, line)

    def run(self) -> None:
        """Run until a stop signal arrives and every process has ended. Main thread only."""
        waker, wakened = socket.socketpair()
        for end in (waker, wakened):
            end.setblocking(False)
        self._selector.register(wakened, selectors.EVENT_READ)
        for number in STOP_SIGNALS:
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # replaced from "ignore", so that it wakes the loop
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        while not self.stopped:
            self.step()
            self.wait(TICK_SECONDS)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()

    @property
    def stopped(self) -> bool:
        return self._stop_deadline is not None and not self._running()

    def stop(self) -> None:
        """Begin to stop; asked a second time, stop at once."""
        now = self._clock()
        self._stop_deadline = now + STOP_WITHIN_SECONDS if self._stop_deadline is None else now

    def _running(self) -> list[Task]:
        return [task for task in self._tasks.values() if task.child is not None]

    def wait(self, seconds: float) -> None:
        """Take output until a signal arrives, or this many seconds have passed."""
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, Task):
                self._read(key.data)
            else:
                _empty(key.fileobj)

    def _read(self, task: Task) -> None:
        if task.child is not None and not task.child.read():
            self._selector.unregister(task.child)

    def step(self) -> None:
        """Do everything that is due now."""
        now = self._clock()
        self._take_ends(now)
        if self._stop_deadline is not None:
            self._stop_next(now, self._stop_deadline)
            return
        for task in self._tasks.values():
            if task.is_due(now) and all(self._tasks[need].has_been_ready for need in task.program.needs):
                self._start(task, now)
            if task.probe(now):
                self._journal.record("up", say("ready", name=task.name))
            self._end_if_silent(task, now)
        self._announce_once(now)

    def _end_if_silent(self, task: Task, now: float) -> None:
        """End what lives and does nothing; SIGKILL, because it would not hear anything else."""
        seconds = task.feel_pulse(now)
        if seconds is not None and task.child is not None:
            self._journal.say(say("silent", name=task.name, seconds=round(seconds)))
            task.child.send(signal.SIGKILL)

    def _start(self, task: Task, now: float) -> None:
        try:
            child = task.start(now, self._wall_clock())
        except (OSError, subprocess.SubprocessError) as refusal:
            self._note_end(task, now, CHILD_ENDED_WITHOUT_START, [str(refusal)])
            return
        self._selector.register(child, selectors.EVENT_READ, task)
        self._journal.record("up", say("started", name=task.name, pid=child.pid))

    def _take_ends(self, now: float) -> None:
        for task in self._running():
            child = task.child
            return_code = child.poll() if child is not None else None
            if child is None or return_code is None:
                continue
            with suppress(KeyError):  # it had closed its output before it ended
                self._selector.unregister(child)
            child.close()
            self._note_end(task, now, return_code, list(child.last_lines))

    def _note_end(self, task: Task, now: float, return_code: int, last_lines: list[str]) -> None:
        restart = task.end(now, return_code)
        if task.program.once and return_code == REFUSED and self._stop_deadline is None:
            self._journal.say(say("refused", reason=" ".join(last_lines[-1:])))
            self.exit_code = 1
            self.stop()
        if restart is None or self._stop_deadline is not None:
            self._journal.record("up", say("ended", name=task.name))
            return
        self._journal.say(say("died", name=task.name, how=_describe_end(return_code)))
        if restart.backed_off:
            lines = "\n".join(f"    {line}" for line in last_lines)
            self._journal.say(say("backed_off", name=task.name, seconds=restart.delay, lines=lines))

    def _announce_once(self, now: float) -> None:
        if self._announce is None:
            return
        tasks = [task for task in self._tasks.values() if task.program.awaited]
        missing = [task.name for task in tasks if not task.has_been_ready]
        if not missing or now - self._began > READY_WITHIN_SECONDS:
            announce, self._announce = self._announce, None
            announce(missing)

    def _stop_next(self, now: float, deadline: float) -> None:
        running = self._running()
        needed = {need for task in running for need in task.program.needs}
        for task in running:
            self._end(task, now, deadline, still_needed=task.name in needed)

    def _end(self, task: Task, now: float, deadline: float, still_needed: bool) -> None:
        if task.child is None:
            return
        if now >= deadline or (task.kill_at is not None and now >= task.kill_at):
            task.child.send(signal.SIGKILL)
        elif task.kill_at is None and not still_needed:
            task.kill_at = now + task.program.stop_seconds
            task.child.send(signal.SIGTERM)


def _empty(source: object) -> None:
    """Take what woke the loop: only that something happened matters."""
    if isinstance(source, socket.socket):
        with suppress(BlockingIOError):
            source.recv(4096)


def _describe_end(return_code: int) -> str:
    if return_code >= 0:
        return say("exit_code", code=return_code)
    try:
        return signal.Signals(-return_code).name
    except ValueError:
        return str(return_code)
