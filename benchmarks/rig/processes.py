"""What each process of the platform uses, read from /proc: CPU seconds of it and its children, and its memory.

PSS counts a page that several processes share in equal parts to each, so that the sum over all of them is what is used.
It changes when another process that shares a library starts or ends, even one of somebody else's: what a process itself
grows by is seen in its private memory, the pages that it alone has and has written to.
"""

import operator
import os
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
KILOBYTE = 1024
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu` in seconds since the start, `pss`, `rss` and `private` in bytes; several processes of one name are one."""

    cpu: float
    pss: int
    rss: int
    private: int

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*map(operator.add, astuple(self), astuple(other)))


def read_usage(names: Mapping[int, str], proc: Path = Path("/proc")) -> dict[str, Usage]:
    """By name, for these process ids. One that has ended meanwhile is left out."""
    found: dict[str, Usage] = {}
    for pid, name in names.items():
        usage = _read_process(proc / str(pid))
        if usage is not None:
            found[name] = found[name] + usage if name in found else usage
    return found


def _read_process(folder: Path) -> Usage | None:
    try:
        cpu = parse_cpu((folder / "stat").read_text(encoding="ascii", errors="replace"))
        memory = parse_rollup((folder / "smaps_rollup").read_text(encoding="ascii"))
    except OSError:
        return None
    # Nothing is told of a process that has ended and is not waited for yet.
    return Usage(cpu, *(memory.get(name, 0) for name in ("Pss", "Rss", "Private_Dirty")))


def parse_cpu(stat: str) -> float:
    """Seconds of user and system time of a process and of its children that have ended, from /proc/PID/stat."""
    # The name may hold spaces and brackets; what follows the last bracket are fields 3 and on.
    fields = stat.rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS_PER_SECOND


def parse_rollup(text: str) -> dict[str, int]:
    """The sizes of /proc/PID/smaps_rollup, in bytes."""
    lines = (line.split() for line in text.splitlines())
    return {
        words[0].rstrip(":"): int(words[1]) * KILOBYTE
        for words in lines
        if len(words) == 3 and words[2] == "kB"
    }


def total(usage: Mapping[str, Usage]) -> Usage:
    return sum(usage.values(), Usage(0.0, 0, 0, 0))
