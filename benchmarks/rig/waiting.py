"""Waiting for what happens outside: asked again and again until it holds, or until its time is over.

Whatever else sleeps in a benchmark is a measuring window, a warm-up or a pace, and is named so.
"""

import time
from collections.abc import Callable

from benchmarks.benchmark import say

POLL_SECONDS = 0.25


def wait_until(
    holds: Callable[[], object], seconds: float, what: str, *, every: float = POLL_SECONDS
) -> None:
    """Raises TimeoutError, which names `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(every)


def wait_or_say(
    holds: Callable[[], object], seconds: float, what: str, *, every: float = POLL_SECONDS
) -> bool:
    """Whether it came in time. Where it did not, that is said, and what there is by then is measured."""
    try:
        wait_until(holds, seconds, what, every=every)
    except TimeoutError as error:
        say(str(error))
        return False
    return True
