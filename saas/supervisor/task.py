"""A program and its life so far: the process that runs now, when the next one is due, and how the ends went."""

from collections.abc import Callable
from enum import Enum

from saas.supervisor.child import Child
from saas.supervisor.program import Program
from saas.supervisor.restarts import Restart, RestartPolicy
from saas.supervisor.silence import Silence

PROBE_SECONDS = 0.15


class State(Enum):
    WAITING = "waiting"  # for what it needs, or for the end of a back-off
    STARTING = "starting"  # runs, does not answer yet
    READY = "ready"
    DONE = "done"  # a `once` program that succeeded


class Task:
    def __init__(self, program: Program, on_line: Callable[[str], None]) -> None:
        self.program = program
        self.state = State.WAITING
        self.has_been_ready = False
        self.child: Child | None = None
        self.kill_at: float | None = None
        self._on_line = on_line
        self._policy = RestartPolicy(once=program.once)
        self._due = 0.0
        self._started = 0.0
        self._started_at = 0.0
        self._next_probe = 0.0
        self._silence = Silence(0.0)

    @property
    def name(self) -> str:
        return self.program.name

    def is_due(self, now: float) -> bool:
        return self.state is State.WAITING and now >= self._due

    def start(self, now: float, wall: float) -> Child:
        """Start the process. Raises OSError or SubprocessError where the system refuses."""
        self._started, self._started_at, self._next_probe = now, wall, now
        self.child = Child(self.program, self._on_line)
        self.state = State.STARTING
        self._silence = Silence(now)
        return self.child

    def probe(self, now: float) -> bool:
        """Ask whether it is ready, if it is time to ask; True when it has just become ready."""
        if self.state is not State.STARTING or self.program.once or now < self._next_probe:
            return False
        self._next_probe = now + PROBE_SECONDS
        if not self.program.ready(self._started_at):
            return False
        self._mark_ready(State.READY)
        return True

    def feel_pulse(self, now: float) -> float | None:
        """Look for a sign of life, if it is time to; the seconds of a silence that has become too long."""
        silence, pulse = self._silence, self.program.pulse
        if pulse is None or self.child is None or not silence.is_time_to_look(now):
            return None
        silence.note(pulse(), now)
        if not silence.is_too_long(self.state is State.READY):
            return None
        self._silence = Silence(now)
        return silence.seconds

    def end(self, now: float, return_code: int) -> Restart | None:
        """Take note of the process's end; when to start again, or None when it has done its work."""
        self.child, self.kill_at = None, None
        if self.program.once and return_code == 0:
            self._mark_ready(State.DONE)
            return None
        restart = self._policy.after_end(return_code, now - self._started)
        self.state, self._due = State.WAITING, now + restart.delay
        return restart

    def _mark_ready(self, state: State) -> None:
        self.state, self.has_been_ready = state, True
