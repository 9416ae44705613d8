"""When a process that ended is started again.

One that was killed from outside comes back at once, however often. One that ends by itself waits a moment; only after
its fifth end in a row within two seconds of a start is it backed off and reported. A program that is to succeed once
is backed off from its first failure.
"""

import signal
from dataclasses import dataclass

QUICK_SECONDS = 2
QUICK_ENDS_ALLOWED = 5
PAUSE_SECONDS = 0.5
FIRST_BACK_OFF_SECONDS = 2
LONGEST_BACK_OFF_SECONDS = 30
# A crash has a signal too (SIGSEGV, SIGABRT), but its own.
FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT}


def was_killed(return_code: int) -> bool:
    return -return_code in FROM_OUTSIDE


@dataclass(frozen=True)
class Restart:
    """Start again after `delay` seconds; `backed_off` is worth reporting with the last lines of output."""

    delay: float
    backed_off: bool = False


@dataclass
class RestartPolicy:
    """The memory of one program's ends."""

    once: bool = False
    ends_in_a_row: int = 0

    def after_end(self, return_code: int, lived: float) -> Restart:
        """What to do about a process that ended after living so many seconds."""
        if was_killed(return_code):
            return Restart(delay=0)
        if self.once:
            return self._back_off(allowed=1)
        if lived >= QUICK_SECONDS:
            self.ends_in_a_row = 0
            return Restart(PAUSE_SECONDS)
        return self._back_off(allowed=QUICK_ENDS_ALLOWED)

    def _back_off(self, allowed: int) -> Restart:
        self.ends_in_a_row += 1
        beyond = self.ends_in_a_row - allowed
        if beyond < 0:
            return Restart(PAUSE_SECONDS)
        # The power is capped before it is computed: a program may fail for months.
        return Restart(min(LONGEST_BACK_OFF_SECONDS, FIRST_BACK_OFF_SECONDS * 2 ** min(beyond, 10)), True)
