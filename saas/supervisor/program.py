"""What a process is, before it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

# Asked with the Unix time at which the process was started; True as soon as it does its work.
Ready = Callable[[float], bool]
# Asked again and again while it runs: whether it has given a sign of life since; see pulse.py.
Pulse = Callable[[], bool | None]


def at_once(_: float) -> bool:
    return True


@dataclass(frozen=True)
class Program:
    """A command to keep running or, with `once`, to bring to a successful end.

    `needs` names programs that must have been ready before this one starts the first time; it also gives the order
    of stopping. `stop_seconds` is the time between SIGTERM and SIGKILL. The start is announced when every `awaited`
    program is ready. One with a `pulse` is ended and started again when it has been silent for too long.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    ready: Ready = at_once
    pulse: Pulse | None = None
    needs: tuple[str, ...] = ()
    stop_seconds: float = 5
    once: bool = False
    awaited: bool = True
