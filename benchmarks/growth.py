"""`ticks` for more and more bots on one sheet, so that the number is seen at which a machine has enough."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from benchmarks.benchmark import Benchmark, Outcome, say
from benchmarks.drawing import Chart, Line, draw_sheet
from benchmarks.figures import Summary
from benchmarks.rig.installation import add_settings
from benchmarks.table import Cell, Table
from benchmarks.ticks import Run, add_durations, add_population, in_megabytes, population_of, run_once

SIZES = "10,100,300,1000,3000"
HEADINGS = (
    "bots",
    "looks per second",
    "runs per second",
    "look p99, s",
    "run p50, s",
    "run p99, s",
    "dropped, % of due",
    "CPU, % of one core",
    "memory, PSS MB",
    "public requests per minute",
    "private requests per minute",
)


def run(wanted: argparse.Namespace) -> Outcome:
    runs, failed = run_sizes([int(text) for text in wanted.sizes.split(",")], partial(run_size, wanted))
    raw = {"runs": [done.as_json() for done in runs], "failed": failed}
    return Outcome([table(runs, failed)], raw, {"growth.svg": draw_sheet(charts(runs))})


def run_sizes(sizes: Sequence[int], run_one: Callable[[int], Run]) -> tuple[list[Run], dict[int, str]]:
    """One after the other, and of those that a platform could not be brought to, why: the others still count."""
    runs, failed = [], {}
    for size in sizes:
        try:
            runs.append(run_one(size))
        except Exception as error:  # noqa: BLE001 -- whatever so many bots did to a platform, the others were measured
            failed[size] = f"{type(error).__name__}: {error}"
            say(f"{size} bots were not measured: {failed[size]}")
    return runs, failed


def run_size(wanted: argparse.Namespace, size: int) -> Run:
    say(f"{size} bots")
    return run_once(wanted, population_of(wanted, size))


def table(runs: Sequence[Run], failed: Mapping[int, str]) -> Table:
    note = "Median (lowest to highest) of the windows; each number of bots has a platform of its own."
    missing = [f"{size:,} bots were not measured: {reason}" for size, reason in failed.items()]
    return Table("Growth", HEADINGS, [row(done) for done in runs], (note, *missing))


def row(done: Run) -> list[Cell]:
    busy = done.busy
    return [
        f"{done.population.bots:,}",
        busy.per_second("looks"),
        busy.per_second("runs"),
        busy.late("look", 0.99),
        busy.late("run", 0.5),
        busy.late("run", 0.99),
        dropped_percent(done),
        busy.own_share_of_core(),
        in_megabytes(busy.own_pss()),
        busy.requests_per_minute(public=True),
        busy.requests_per_minute(public=False),
    ]


def due_per_second(done: Run) -> float:
    """Looks that are wanted: one for each bot and interval."""
    return done.population.bots / done.population.interval_seconds


def dropped_percent(done: Run) -> float:
    wanted = due_per_second(done) * done.busy.whole.seconds
    return 100 * sum(done.busy.dropped().values()) / wanted if wanted else 0.0


def charts(runs: Sequence[Run]) -> list[Chart]:
    """Both axes logarithmic where what is drawn grows with the bots."""
    due = Line("due", [(done.population.bots, due_per_second(done)) for done in runs], dashed=True)
    done_lines = [
        _line(name, runs, [done.busy.per_second(name) for done in runs]) for name in ("looks", "runs")
    ]
    late = [
        Line(f"{name} {label}", _lateness(runs, name, share))
        for name in ("look", "run")
        for label, share in (("p50", 0.5), ("p99", 0.99))
    ]
    cpu = [_line("all processes", runs, [done.busy.own_share_of_core() for done in runs])]
    cpu += [_line(name, runs, [done.busy.share_of_core(name) for done in runs]) for name in _busiest(runs)]
    memory = [_line("all processes", runs, [in_megabytes(done.busy.own_pss()) for done in runs])]
    return [
        Chart("Done per second", "bots", "per second", [due, *done_lines], x_log=True, y_log=True),
        Chart("Lateness", "bots", "seconds", late, x_log=True),
        Chart("CPU", "bots", "% of one core", cpu, x_log=True),
        Chart("Memory", "bots", "PSS, MB", memory, x_log=True),
    ]


def _line(name: str, runs: Sequence[Run], values: Sequence[Summary | None]) -> Line:
    pairs = zip(runs, values, strict=True)
    return Line(name, [(done.population.bots, value.median) for done, value in pairs if value])


def _lateness(runs: Sequence[Run], name: str, share: float) -> list[tuple[float, float]]:
    found = [(done.population.bots, done.busy.late(name, share)) for done in runs]
    return [(bots, seconds) for bots, seconds in found if seconds is not None]


def _busiest(runs: Sequence[Run], most: int = 5) -> list[str]:
    """The processes that worked most with the most bots."""
    if not runs:
        return []
    last = runs[-1].busy
    return sorted(last.names, key=last.whole.cpu, reverse=True)[:most]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sizes", default=SIZES, help="numbers of bots")
    add_durations(parser, 30)
    add_population(parser)
    add_settings(parser)


BENCHMARK = Benchmark("growth", "ticks for 10 to 3,000 bots on one sheet, with a drawing", add_arguments, run)
