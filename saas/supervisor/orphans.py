"""No process outlives its supervisor, also when that is killed with SIGKILL."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def die_with_parent() -> Callable[[], None] | None:
    """A function for the child to call between fork and exec; None where the kernel offers nothing like it.

    The kernel ties the signal to the parent's *thread*, so children are started from the main thread only. SIGKILL:
    a warm shutdown may wait for minutes, and every process here may be killed at any instruction.
    """
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def arrange() -> None:
        library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # the parent died before the request was made

    return arrange
