"""How many bots a platform looks after, how late, and at what cost: N bots x 10 symbols x 1 s on real processes."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.benchmark import Benchmark, Outcome, say
from benchmarks.figures import Summary, summarize
from benchmarks.rig.installation import Crowd, Rig, add_settings, chosen_settings, running
from benchmarks.rig.measuring import MINUTE, Measured, measure, own_usage
from benchmarks.rig.population import Population
from benchmarks.rig.processes import MEGABYTE
from benchmarks.rig.waiting import wait_until
from benchmarks.table import Cell, Table

IDLE_SECONDS = 5.0
FIRST_RUN_SECONDS = 120
QUANTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))


@dataclass(frozen=True, slots=True)
class Run:
    """One platform, measured with no bots and with all of them."""

    population: Population
    idle: Measured
    busy: Measured

    def bytes_per_bot(self) -> float | None:
        """What the processes of ours grew by, for each bot."""
        if not self.population.bots:
            return None
        grown = own_usage(self.busy.whole.after).pss - own_usage(self.idle.whole.after).pss
        return grown / self.population.bots

    def cpu_per_bot_minute(self) -> Summary | None:
        """CPU seconds of all processes of ours beyond what they use with no bots, for each bot."""
        fixed = self.idle.own_share_of_core()
        shares = [window.own_share_of_core() for window in self.busy.windows]
        if fixed is None or not self.population.bots:
            return None
        return summarize((share - fixed.median) / 100 * MINUTE / self.population.bots for share in shares)

    def as_json(self) -> dict[str, Any]:
        bots = self.population.bots
        return {"bots": bots, "idle": self.idle.as_json(), "busy": self.busy.as_json()}


def run_once(wanted: argparse.Namespace, population: Population) -> Run:
    """Start a platform, measure it idle, fill it, let it warm up, and measure it at work."""
    with running(chosen_settings(wanted), postgres=wanted.postgres) as rig:
        time.sleep(wanted.settle)
        idle = measure(rig, IDLE_SECONDS, IDLE_SECONDS)
        start_crowd(rig, population, wanted.warm_up)
        say(f"measuring {population.bots} bots for {wanted.seconds:g} s")
        return Run(population, idle, measure(rig, wanted.seconds, wanted.window))


def start_crowd(rig: Rig, population: Population, warm_up: float) -> Crowd:
    """Fill the platform, start its bots, and leave them alone until they have run for a while."""
    crowd = rig.populate(population)
    rig.start_bots(crowd)
    if population.bots:
        wait_until(lambda: count_looks(rig), FIRST_RUN_SECONDS, "a first run")
    rig.fill_holdings(crowd)
    time.sleep(warm_up)
    return crowd


def count_looks(rig: Rig) -> int:
    counts = rig.tallies().counts
    return counts.get("looks", 0) + counts.get("runs", 0)


def run(wanted: argparse.Namespace) -> Outcome:
    done = run_once(wanted, population_of(wanted, wanted.bots))
    tables = [work_table(done), lateness_table(done), process_table(done)]
    return Outcome(tables, {"runs": [done.as_json()]})


def work_table(done: Run) -> Table:
    busy, bots = done.busy, done.population.bots
    counted: list[tuple[str, Cell]] = [
        ("runs per second", busy.per_second("runs")),
        ("looks per second", busy.per_second("looks")),
        ("CPU of all processes, % of one core", busy.own_share_of_core()),
        ("CPU seconds per 1,000 runs", busy.cpu_per("runs", 1_000)),
        ("CPU seconds per 1,000 looks", busy.cpu_per("looks", 1_000)),
        ("CPU with no bots, % of one core", done.idle.own_share_of_core()),
        ("CPU seconds per further bot and minute", done.cpu_per_bot_minute()),
        ("memory of all processes, PSS MB", in_megabytes(busy.own_pss())),
        ("memory per further bot, PSS kB", per_thousand(done.bytes_per_bot())),
        ("public requests per minute", busy.requests_per_minute(public=True)),
        ("private requests per minute", busy.requests_per_minute(public=False)),
    ]
    dropped: list[tuple[str, Cell]] = list(busy.dropped().items())
    note = "Median (lowest to highest) of the windows. The paper exchange's own CPU and memory are left out."
    return Table(f"{bots} bots", ("measure", "value"), [*counted, *dropped], (note,))


def lateness_table(done: Run) -> Table:
    """Empty cells where nothing was counted."""
    rows = [(name, *_quantiles(done.busy, name)) for name in ("look", "run")]
    headings = ("lateness", "count", *(f"{name}, s" for name, _ in QUANTILES))
    return Table("From the moment a bot is due to its look, and to the start of its run", headings, rows)


def _quantiles(measured: Measured, name: str) -> Sequence[Cell]:
    late = measured.lateness(name)
    if late is None:
        return (0, *(None for _ in QUANTILES))
    return (late.total, *(late.quantile(share) for _, share in QUANTILES))


def process_table(done: Run) -> Table:
    busy, idle = done.busy, done.idle
    rows = [
        (name, idle.share_of_core(name), busy.share_of_core(name), in_megabytes(busy.pss(name)))
        for name in busy.names
    ]
    headings = ("process", "CPU with no bots, % of a core", "CPU, % of a core", "memory, PSS MB")
    return Table("Processes", headings, rows)


def in_megabytes(size: Summary | None) -> Summary | None:
    return size.times(1 / MEGABYTE) if size else None


def per_thousand(value: float | None) -> float | None:
    return None if value is None else value / 1_000


def population_of(wanted: argparse.Namespace, bots: int) -> Population:
    return Population(
        bots=bots,
        symbols_per_bot=wanted.symbols,
        interval_seconds=wanted.interval,
        bots_per_user=wanted.bots_per_user,
        timeframes=tuple(wanted.timeframes.split(",")),
        holding_share=wanted.holding / 100,
        trading_share=wanted.trading / 100,
        seed=wanted.seed,
    )


def add_population(parser: argparse.ArgumentParser) -> None:
    """What the bots are like; the number of them is the benchmark's own option."""
    add = parser.add_argument
    add("--symbols", type=int, default=10, help="symbols of each bot")
    add("--interval", type=int, default=1, help="seconds between two looks of a bot")
    add("--bots-per-user", type=int, default=1, help="bots that share an owner, an account and a key")
    add("--timeframes", default="1m,5m,15m,1h", help="candle lengths that the bots draw from")
    add("--holding", type=float, default=10, metavar="PERCENT", help="bots that hold a trade all the time")
    add("--trading", type=float, default=0, metavar="PERCENT", help="bots that buy and sell as prices move")
    add("--seed", type=int, default=1, help="of the bots' settings and phases")


def add_durations(parser: argparse.ArgumentParser, seconds: float) -> None:
    add = parser.add_argument
    add("--seconds", type=float, default=seconds, help="how long is measured")
    add("--window", type=float, default=5, help="seconds of each of the windows that medians are taken of")
    add("--warm-up", type=float, default=15, help="seconds of work before the measuring begins")
    add("--settle", type=float, default=5, help="seconds after the start before the idle cost is measured")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bots", type=int, default=100)
    add_durations(parser, 60)
    add_population(parser)
    add_settings(parser)


BENCHMARK = Benchmark(
    "ticks",
    "runs per second, lateness, CPU, memory and requests of N bots on real processes",
    add_arguments,
    run,
)
