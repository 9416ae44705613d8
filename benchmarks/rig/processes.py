"""What each process of the platform uses, read from /proc: CPU seconds of it and its children, and its memory.

PSS counts a page that several processes share in equal parts to each, so that the sum over all of them is what is used.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
KILOBYTE = 1024
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu` in seconds since the start, `pss` and `rss` in bytes; several processes of one name are one."""

    cpu: float
    pss: int
    rss: int

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.cpu + other.cpu, self.pss + other.pss, self.rss + other.rss)


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
    return Usage(cpu, memory.get("Pss", 0), memory.get("Rss", 0))


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
    return sum(usage.values(), Usage(0.0, 0, 0))
