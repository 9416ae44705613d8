"""Market time. Signatures never use it: they are checked against the wall clock."""

import time
from typing import Protocol


class Clock(Protocol):
    """Where market time comes from, in milliseconds since the epoch."""

    def now_ms(self) -> int: ...


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


class WallClock:
    """Market time is the time of day."""

    def now_ms(self) -> int:
        return wall_ms()


class ManualClock:
    """Market time stands still and moves only when told to, so a replay is the same on every run."""

    def __init__(self, start_ms: int) -> None:
        self._now_ms = start_ms

    def now_ms(self) -> int:
        return self._now_ms

    def advance(self, milliseconds: int) -> int:
        """Move forward and return the new time. Raises ValueError for a step back."""
        if milliseconds < 0:
            raise ValueError("market time only moves forward")
        self._now_ms += milliseconds
        return self._now_ms
