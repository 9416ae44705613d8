"""From what `growth` measured: the processes and addresses that so many bots need, and which limit binds.

Straight lines are drawn through what was measured, over the numbers of bots that the platform kept up with. What growth does
not measure (how often a bot trades, what an order costs) is given as options and told below the table.
"""

import argparse
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.benchmark import Benchmark, Outcome
from benchmarks.rig.measuring import OUTSIDE
from benchmarks.rig.tallies import DROPPED
from benchmarks.table import Cell, Table
from exchanges.dialects.binance_limits import LIMIT, weigh
from saas.processes import kind_of

SIZES = (1_000, 10_000, 100_000)
HOUR = 3_600.0
MINUTES_OF_A_DAY = 1_440
API = "/api/v3/"
# What is asked around an order is in what an order weighs.
OF_ORDERS = {"order", "allOrders", "myTrades"}
# Above it a process, which has one core at most, answers late too often.
BUSY_SHARE = 0.6
# Of an address: the rest is kept for exits and recovery, and for the guesses of a budget.
WEIGHT_SHARE = 0.8
GIGABYTE = 1e9
MULTIPLE = ("dispatcher", "worker")
SINGLE = ("redis", "market_data", "beat")


@dataclass(frozen=True, slots=True)
class Line:
    """`base` with no bots, and `slope` more for each."""

    base: float
    slope: float

    def at(self, bots: float) -> float:
        return max(0.0, self.base + self.slope * bots)


@dataclass(frozen=True, slots=True)
class Point:
    """One size of `growth`: cores used and bytes of memory by kind of process, weight asked of the exchange in a minute.

    `weight` is what is asked however many bots there are: prices once for all, balances of a few keys at a time.
    """

    bots: int
    cores: Mapping[str, float]
    memory: Mapping[str, float]
    weight: float
    dropped_share: float


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What each order costs (seconds of a worker's CPU, database operations), and what one database takes in a second.

    Each bot's key is audited once a day. Redis comes to keep so many bytes of each bot's decisions, after longer than was
    measured.
    """

    orders_per_bot_hour: float
    cpu_per_order: float
    operations_per_order: float
    operations_per_second: float
    threads_per_worker: int
    weight_per_audit: float
    bytes_kept_per_bot: float

    def orders_per_second(self, bots: float) -> float:
        return bots * self.orders_per_bot_hour / HOUR

    def weight_per_minute(self, bots: float) -> float:
        """Of what grows with the bots."""
        orders = 60 * self.orders_per_second(bots) * LIMIT.order_weight
        return orders + bots * self.weight_per_audit / MINUTES_OF_A_DAY


@dataclass(frozen=True, slots=True)
class Need:
    """Of one number of bots. `cores` by kind of process; `shares` of what one of its kind gives, by what there is one of."""

    bots: int
    cores: Mapping[str, float]
    memory: float
    weight: float
    operations: float
    shares: Mapping[str, float]

    def processes(self, kind: str) -> int:
        return max(1, math.ceil(self.cores.get(kind, 0.0) / BUSY_SHARE))

    @property
    def addresses(self) -> int:
        return max(1, math.ceil(self.weight / (LIMIT.weight * WEIGHT_SHARE)))

    @property
    def binds(self) -> str:
        """What there is most too little of when there is one of everything."""
        name, share = max(self.shares.items(), key=lambda item: item[1])
        return f"{name} ({share:.1f} of one)" if share > 1 else f"nothing; most used is {name} ({share:.0%})"


def read_points(raw: Mapping[str, Any]) -> list[Point]:
    """From the JSON of `growth` or `ticks`: one point for each number of bots, and one of the platform without any."""
    points = [_point(int(run["bots"]), run["busy"]["windows"]) for run in raw["runs"]]
    idle = [_point(0, run["idle"]["windows"]) for run in raw["runs"][:1]]
    return [*idle, *points]


def _point(bots: int, windows: Sequence[Mapping[str, Any]]) -> Point:
    seconds = sum(window["seconds"] for window in windows)
    dropped = sum(window["counts"].get(name, 0) for window in windows for name in DROPPED)
    return Point(
        bots,
        _by_kind((window["cpu_seconds"] for window in windows), 1 / seconds),
        _by_kind([windows[-1]["pss"]], 1.0),
        sum(_weight(window["requests"]) for window in windows) * 60 / seconds,
        dropped / (bots * seconds) if bots else 0.0,
    )


def _by_kind(figures: Iterable[Mapping[str, float]], factor: float) -> dict[str, float]:
    found: dict[str, float] = {}
    for figure in figures:
        for name, value in figure.items():
            if name not in OUTSIDE:
                found[kind_of(name)] = found.get(kind_of(name), 0.0) + value * factor
    return found


def _weight(requests: Mapping[str, int]) -> float:
    """By Binance's own table, without orders and what is asked around them."""
    total = 0.0
    for endpoint, times in requests.items():
        method, _, path = endpoint.partition(" ")
        name = path.removeprefix(API)
        if path.startswith(API) and name not in OF_ORDERS:
            total += times * weigh(method, name, {})
    return total


def fit(pairs: Sequence[tuple[float, float]]) -> Line:
    """The straight line of least squares; level through a single point."""
    count = len(pairs)
    mean_x, mean_y = sum(x for x, _ in pairs) / count, sum(y for _, y in pairs) / count
    spread = sum((x - mean_x) ** 2 for x, _ in pairs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in pairs) / spread if spread else 0.0
    return Line(mean_y - slope * mean_x, max(0.0, slope))


def estimate(points: Sequence[Point], bots: int, given: Assumptions) -> Need:
    """What so many bots need; where more were dropped than one in a hundred the platform was past its end already."""
    kept = [point for point in points if point.dropped_share <= 0.01]
    kinds = sorted({kind for point in kept for kind in point.cores})
    cores = {kind: fit([(p.bots, p.cores.get(kind, 0.0)) for p in kept]).at(bots) for kind in kinds}
    memory = sum(fit([(p.bots, p.memory.get(kind, 0.0)) for p in kept]).at(bots) for kind in kinds)
    memory += bots * given.bytes_kept_per_bot
    orders = given.orders_per_second(bots)
    cores["worker"] = cores.get("worker", 0.0) + orders * given.cpu_per_order
    # Prices end with the last symbol that an exchange has, and balances are looked at a few keys at a time: no line.
    weight = max(point.weight for point in kept) + given.weight_per_minute(bots)
    operations = orders * given.operations_per_order
    return Need(bots, cores, memory, weight, operations, _shares(cores, weight, operations, given))


def _shares(
    cores: Mapping[str, float], weight: float, operations: float, given: Assumptions
) -> dict[str, float]:
    processes = {kind: cores.get(kind, 0.0) / BUSY_SHARE for kind in (*MULTIPLE, *SINGLE)}
    address = weight / (LIMIT.weight * WEIGHT_SHARE)
    return {**processes, "exchange address": address, "database": operations / given.operations_per_second}


def run(wanted: argparse.Namespace) -> Outcome:
    points = read_points(json.loads(Path(wanted.measured).read_text(encoding="utf-8")))
    given = Assumptions(
        wanted.orders_per_bot_hour,
        wanted.cpu_per_order,
        wanted.operations_per_order,
        wanted.operations_per_second,
        wanted.threads_per_worker,
        wanted.weight_per_audit,
        wanted.bytes_kept_per_bot,
    )
    needs = [estimate(points, int(size), given) for size in wanted.sizes.split(",")]
    raw = {"needs": [asdict(need) for need in needs], "given": asdict(given)}
    return Outcome([capacity_table(needs, points, given)], raw)


def capacity_table(needs: Sequence[Need], points: Sequence[Point], given: Assumptions) -> Table:
    headings = (
        *(
            "bots",
            "cores",
            "memory, GB",
            "dispatchers",
            "workers",
            "market data, % of a core",
            "Redis, % of a core",
        ),
        *("database operations per second", "databases", "connections", "weight per minute", "addresses"),
        "binds first",
    )
    return Table("Capacity", headings, [_row(need, given) for need in needs], _notes(points, given))


def _row(need: Need, given: Assumptions) -> list[Cell]:
    workers = need.processes("worker")
    return [
        f"{need.bots:,}",
        sum(need.cores.values()),
        need.memory / GIGABYTE,
        need.processes("dispatcher"),
        workers,
        100 * need.cores.get("market_data", 0.0),
        100 * need.cores.get("redis", 0.0),
        need.operations,
        max(1, math.ceil(need.operations / given.operations_per_second)),
        workers * given.threads_per_worker,
        need.weight,
        need.addresses,
        need.binds,
    ]


def _notes(points: Sequence[Point], given: Assumptions) -> list[str]:
    sizes = ", ".join(f"{point.bots:,}" for point in points if point.dropped_share <= 0.01)
    return [
        f"Straight lines through what was measured at {sizes} bots; a process is given {BUSY_SHARE:.0%} of a core.",
        f"Assumed: {given.orders_per_bot_hour:g} orders of each bot in an hour, each {given.cpu_per_order:g} s of a "
        f"worker's CPU, {given.operations_per_order:g} database operations and a weight of {LIMIT.order_weight}; a key of "
        f"its own, whose daily audit weighs {given.weight_per_audit:g}.",
        f"A database takes {given.operations_per_second:g} operations a second; connections are the most that the threads "
        f"of the workers ask for at once, {given.threads_per_worker} each.",
        f"Redis comes to keep {given.bytes_kept_per_bot / 1_000:g} kB of decisions for each bot.",
        f"An address may use a weight of {LIMIT.weight} in a minute, of which {WEIGHT_SHARE:.0%} is planned with.",
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("measured", metavar="GROWTH_JSON", help="what `growth --json` has written")
    add("--sizes", default=",".join(map(str, SIZES)), help="numbers of bots")
    add("--orders-per-bot-hour", type=float, default=1.0, help="how often a bot trades")
    add("--cpu-per-order", type=float, default=0.012, help="seconds of a worker's CPU")
    add("--operations-per-order", type=float, default=32, help="statements, from decision to imported fills")
    add("--operations-per-second", type=float, default=3_000, help="what one PostgreSQL takes")
    add(
        "--weight-per-audit", type=float, default=120, help="once a day, 40 for each symbol of a key's orders"
    )
    add("--threads-per-worker", type=int, default=32, help="WORKER_CONCURRENCY")
    add("--bytes-kept-per-bot", type=float, default=217_000, help="of its decisions, in Redis, in the end")


BENCHMARK = Benchmark(
    "capacity",
    "computed, not measured: from growth's figures, what 1,000 to 100,000 bots need and which limit binds",
    add_arguments,
    run,
)
