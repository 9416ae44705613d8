"""Measuring a platform at work: one sample after each window, and the differences between them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from benchmarks.figures import Histogram, Summary, summarize
from benchmarks.rig.exchange import count_asked, is_public
from benchmarks.rig.installation import Rig
from benchmarks.rig.processes import Usage, total
from benchmarks.rig.tallies import DROPPED, Tallies

MINUTE = 60.0
# What stands for an exchange on the other side of the network; its work is none of ours.
OUTSIDE = {"paper"}


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything since the start, at one moment (`at`: seconds of a monotonic clock)."""

    at: float
    usage: Mapping[str, Usage]
    tallies: Tallies
    requests: Mapping[str, int]


def take_sample(rig: Rig) -> Sample:
    return Sample(time.monotonic(), rig.usage(), rig.tallies(), rig.exchange.read_requests())


@dataclass(frozen=True)
class Window:
    """What happened between two samples."""

    before: Sample
    after: Sample

    @property
    def seconds(self) -> float:
        return self.after.at - self.before.at

    @cached_property
    def tallies(self) -> Tallies:
        return self.after.tallies.minus(self.before.tallies)

    @cached_property
    def asked(self) -> dict[str, int]:
        return count_asked(self.before.requests, self.after.requests)

    def count(self, name: str) -> int:
        return self.tallies.counts.get(name, 0)

    def per_second(self, name: str) -> float:
        return self.count(name) / self.seconds

    def cpu(self, name: str) -> float:
        """Seconds that the processes of this name worked; one that was replaced counts from its start."""
        before, after = self.before.usage.get(name), self.after.usage.get(name)
        worked = (after.cpu if after else 0.0) - (before.cpu if before else 0.0)
        return worked if worked >= 0 or after is None else after.cpu

    def own_cpu(self) -> float:
        """Of all processes but the exchange's."""
        return sum(self.cpu(name) for name in self.after.usage if name not in OUTSIDE)

    def own_share_of_core(self) -> float:
        """Percent of one core that all processes but the exchange's worked."""
        return 100 * self.own_cpu() / self.seconds

    def requests_per_minute(self, *, public: bool) -> float:
        count = sum(times for name, times in self.asked.items() if is_public(name) == public)
        return count * MINUTE / self.seconds


@dataclass(frozen=True)
class Measured:
    """Windows one after the other."""

    windows: Sequence[Window]

    @cached_property
    def whole(self) -> Window:
        return Window(self.windows[0].before, self.windows[-1].after)

    @property
    def names(self) -> list[str]:
        return sorted(self.windows[-1].after.usage)

    def per_second(self, name: str) -> Summary | None:
        return summarize(window.per_second(name) for window in self.windows)

    def share_of_core(self, name: str) -> Summary | None:
        """Percent of one core that the processes of this name worked."""
        return summarize(100 * window.cpu(name) / window.seconds for window in self.windows)

    def own_share_of_core(self) -> Summary | None:
        return summarize(window.own_share_of_core() for window in self.windows)

    def cpu_per(self, count: str, each: int) -> Summary | None:
        """CPU seconds of all processes of ours for so many of what is counted."""
        worked = [(window.own_cpu(), window.count(count)) for window in self.windows]
        return summarize(each * cpu / times for cpu, times in worked if times)

    def requests_per_minute(self, *, public: bool) -> Summary | None:
        return summarize(window.requests_per_minute(public=public) for window in self.windows)

    def pss(self, name: str) -> Summary | None:
        return summarize(
            window.after.usage[name].pss for window in self.windows if name in window.after.usage
        )

    def own_pss(self) -> Summary | None:
        return summarize(own_usage(window.after).pss for window in self.windows)

    def lateness(self, name: str) -> Histogram | None:
        return self.whole.tallies.lateness.get(name)

    def late(self, name: str, share: float) -> float | None:
        """Seconds that `share` of the looks or runs were not later than; None where nothing was counted."""
        found = self.lateness(name)
        return found.quantile(share) if found else None

    def dropped(self) -> dict[str, int]:
        return {name: self.whole.count(name) for name in DROPPED}

    def as_json(self) -> dict[str, Any]:
        return {"windows": [window_as_json(window) for window in self.windows]}


def own_usage(sample: Sample) -> Usage:
    return total({name: usage for name, usage in sample.usage.items() if name not in OUTSIDE})


def window_as_json(window: Window) -> dict[str, Any]:
    return {
        "seconds": window.seconds,
        "counts": dict(window.tallies.counts),
        "lateness": {name: dict(late.counts) for name, late in window.tallies.lateness.items()},
        "cpu_seconds": {name: window.cpu(name) for name in window.after.usage},
        "pss": {name: usage.pss for name, usage in window.after.usage.items()},
        "rss": {name: usage.rss for name, usage in window.after.usage.items()},
        "requests": window.asked,
    }


def measure(rig: Rig, seconds: float, window: float) -> Measured:
    """Watch for so long, a sample after each `window` seconds."""
    samples = [take_sample(rig)]
    began = time.monotonic()
    for number in range(1, max(1, round(seconds / window)) + 1):
        time.sleep(max(0.0, began + number * window - time.monotonic()))
        samples.append(take_sample(rig))
    return Measured([Window(before, after) for before, after in pairwise(samples)])
