"""When a process that lives has been silent for too long (pure).

Silence is added up from look to look, each for no more than twice the usual pause: a laptop that slept, a machine that
was paused or a supervisor that was stopped finds its processes as it left them and not half an hour silent.
"""

from dataclasses import dataclass

LOOK_SECONDS = 2.0
# The worker's canary sings every 3 s, beat and market data beat every second.
READY_LIMIT_SECONDS = 35.0
# From its start until its first sign of life a process may be slow: migrations of another machine, a cold disk.
START_LIMIT_SECONDS = 180.0


@dataclass
class Silence:
    """Of one process, from its start at the monotonic time `looked_at`."""

    looked_at: float
    seconds: float = 0.0

    def is_time_to_look(self, now: float) -> bool:
        return now - self.looked_at >= LOOK_SECONDS

    def note(self, sign: bool | None, now: float) -> None:
        """Take note of what the pulse said. What nobody can tell is no silence, and a process may need time after it."""
        self.seconds = (
            0.0 if sign is not False else self.seconds + min(now - self.looked_at, 2 * LOOK_SECONDS)
        )
        self.looked_at = now

    def is_too_long(self, is_ready: bool) -> bool:
        return self.seconds >= (READY_LIMIT_SECONDS if is_ready else START_LIMIT_SECONDS)
