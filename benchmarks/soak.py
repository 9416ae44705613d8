"""Hours of work with the private memory of each process sampled: what grows for ever is seen in its slope.

Ctrl-C, or SIGTERM, ends it early with what it has. With --json the figures so far are written every few minutes.
"""

import argparse
import json
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.benchmark import Benchmark, Outcome, say
from benchmarks.drawing import Chart, Line, draw_sheet
from benchmarks.figures import Trend, fit_trend
from benchmarks.rig.installation import Rig, add_settings, chosen_settings, running
from benchmarks.rig.measuring import Sample, Window, take_sample
from benchmarks.rig.processes import MEGABYTE
from benchmarks.table import Cell, Table
from benchmarks.ticks import add_population, population_of, start_crowd

HOUR = 3_600
BOUND_PERCENT = 1.0
WARM_UP_SECONDS = 10.0
ALL = "all processes"
TOLD_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Moment:
    """`hours` since the bots were started, and the private memory of each process in bytes."""

    hours: float
    private: Mapping[str, int]


class Soak:
    """A platform at work, and what was seen of it so far."""

    def __init__(self, rig: Rig, warm_up_hours: float) -> None:
        self.rig = rig
        self.warm_up_hours = warm_up_hours
        self.moments: list[Moment] = []
        self.stopping = False
        self._first = take_sample(rig)
        self._last = self._first

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """A signal handler: the sample under way is the last."""
        self.stopping = True

    def sample(self) -> None:
        self._last = take_sample(self.rig)
        hours = (self._last.at - self._first.at) / HOUR
        self.moments.append(Moment(hours, sizes_of(self._last)))

    @property
    def whole(self) -> Window:
        return Window(self._first, self._last)

    def outcome(self) -> Outcome:
        tables = [memory_table(self.moments, self.warm_up_hours), work_table(self.whole)]
        raw = {"moments": [{"hours": one.hours, "private": dict(one.private)} for one in self.moments]}
        drawings = {"soak.svg": draw_sheet(charts(self.moments))}
        return Outcome(tables, {**raw, "counts": counts_of(self.whole)}, drawings)


def sizes_of(sample: Sample) -> dict[str, int]:
    sizes = {name: usage.private for name, usage in sample.usage.items()}
    return {ALL: sum(sizes.values()), **sizes}


def counts_of(whole: Window) -> dict[str, int]:
    return dict(whole.tallies.counts)


def run(wanted: argparse.Namespace) -> Outcome:
    with running(chosen_settings(wanted), postgres=wanted.postgres) as rig:
        start_crowd(rig, population_of(wanted, wanted.bots), WARM_UP_SECONDS)
        soak = Soak(rig, wanted.warm_up_hours)
        with stopped_by_signals(soak):
            watch(soak, wanted)
        return soak.outcome()


def watch(soak: Soak, wanted: argparse.Namespace) -> None:
    """Sample until the time is over or somebody stops it."""
    began = time.monotonic()
    told = began
    while not soak.stopping and time.monotonic() - began < wanted.hours * HOUR:
        soak.sample()
        wait(soak, wanted.every)
        if time.monotonic() - told >= TOLD_SECONDS:
            told = time.monotonic()
            say(f"{soak.moments[-1].hours:.2f} h, {soak.moments[-1].private[ALL] / MEGABYTE:.0f} MB")
            keep_so_far(soak, wanted.json)


def wait(soak: Soak, seconds: float) -> None:
    """A signal does not end a sleep: look for one often."""
    deadline = time.monotonic() + seconds
    while not soak.stopping and time.monotonic() < deadline:
        time.sleep(min(0.5, seconds))


def keep_so_far(soak: Soak, path: Path | None) -> None:
    if path is not None:
        raw: dict[str, Any] = {"benchmark": BENCHMARK.name, **soak.outcome().raw}
        path.write_text(json.dumps(raw), encoding="utf-8")


@contextmanager
def stopped_by_signals(soak: Soak) -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, soak.stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def memory_table(moments: Sequence[Moment], warm_up_hours: float) -> Table:
    settled = [one for one in moments if one.hours >= warm_up_hours]
    names = list((settled or moments)[-1].private) if moments else []
    hours = f"{moments[-1].hours:.2f}" if moments else "0"
    notes = (
        f"{hours} h with {len(moments)} samples; the slope is of those after {warm_up_hours:g} h, ± its 95 % confidence.",
        f"Bounded: the slope is surely below {BOUND_PERCENT:g} % of the mean per hour.",
    )
    headings = ("process", "start, private MB", "end, private MB", "slope, % per hour", "±", "verdict")
    return Table("Memory", headings, [memory_row(name, settled) for name in names], notes)


def memory_row(name: str, moments: Sequence[Moment]) -> list[Cell]:
    known = [one for one in moments if name in one.private]
    sizes = [one.private[name] / MEGABYTE for one in known]
    ends: list[Cell] = [sizes[0], sizes[-1]] if sizes else [None, None]
    trend = fit_trend([one.hours for one in known], sizes)
    if trend is None:
        return [name, *ends, None, None, "too short"]
    percent, margin = in_percent(trend)
    return [name, *ends, percent, margin, verdict(percent, margin)]


def in_percent(trend: Trend) -> tuple[float, float]:
    """The slope and its margin as shares of the mean."""
    return 100 * trend.slope / trend.mean, 100 * trend.margin / trend.mean


def verdict(percent: float, margin: float) -> str:
    if percent + margin < BOUND_PERCENT:
        return "bounded"
    return "grows" if percent - margin > BOUND_PERCENT else "not clear yet"


def work_table(whole: Window) -> Table:
    rows: list[list[Cell]] = [
        [name, count, count / whole.seconds] for name, count in counts_of(whole).items()
    ]
    return Table("What was done meanwhile", ("counter", "count", "per second"), rows)


def charts(moments: Sequence[Moment]) -> list[Chart]:
    """The sum apart from its parts, which would all lie at the bottom of it."""
    names = list(moments[-1].private) if moments else []
    parts = [name for name in names if name != ALL]
    return [
        Chart(title, "hours", "private, MB", [line(name, moments) for name in drawn])
        for title, drawn in (("Memory of all processes", [ALL]), ("Memory of each process", parts))
    ]


def line(name: str, moments: Sequence[Moment]) -> Line:
    return Line(name, [(one.hours, one.private[name] / MEGABYTE) for one in moments if name in one.private])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--hours", type=float, default=4)
    add("--bots", type=int, default=300)
    add("--every", type=float, default=30, metavar="SECONDS", help="between two samples")
    add("--warm-up-hours", type=float, default=0.5, help="left out of the slopes")
    add_population(parser)
    parser.set_defaults(trading=5)
    add_settings(parser)


BENCHMARK = Benchmark(
    "soak", "hours of work: the memory of each process, its slope and a drawing", add_arguments, run
)
