"""What a user with fifty bots, a bot whose exchange hangs and one whose key is banned do to everybody else's lateness."""

import argparse
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, cast

from benchmarks.benchmark import Benchmark, Outcome, say
from benchmarks.figures import Histogram, summarize
from benchmarks.rig import lateness_receiver
from benchmarks.rig.installation import Crowd, Rig, add_settings, chosen_settings, running, with_modules
from benchmarks.rig.lateness_by_bot import HASH, parse_lateness
from benchmarks.rig.population import Population
from benchmarks.rig.tallies import BUCKET_SECONDS, DROPPED
from benchmarks.table import Cell, Table

BOUND = 2.0
NOISY_BOTS = 50
HANG_SECONDS = 30
NOTHING = Histogram({}, BUCKET_SECONDS)
SHARE = 0.99


class Trouble:
    """One user with many bots that all trade; one bot that waits 30 s for each answer; one whose key is refused."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        noisy = Population(NOISY_BOTS, bots_per_user=NOISY_BOTS, trading_share=1.0, seed=2)
        self._crowds = [
            rig.populate(noisy),
            rig.populate(Population(1, trading_share=1.0, seed=3)),
            rig.populate(Population(1, trading_share=1.0, seed=4)),
        ]

    def begin(self) -> None:
        _, hanging, banned = self._crowds
        self._rig.exchange.set_faults(
            {"kind": "delay", "seconds": HANG_SECONDS, "apiKey": hanging.api_keys[0], "endpoint": "*"}
        )
        self._rig.exchange.change_account(apiKey=banned.api_keys[0], revoked=True)
        for crowd in self._crowds:
            self._rig.start_bots(crowd)

    def end(self) -> None:
        for crowd in self._crowds:
            self._rig.stop_bots(crowd)
        self._rig.exchange.set_faults()


@dataclass(frozen=True, slots=True)
class Phase:
    """Some seconds with or without trouble: lateness of the others' runs and of every look, and what was dropped."""

    runs: Histogram
    looks: Histogram
    dropped: int

    def as_json(self) -> dict[str, Any]:
        return {"runs": dict(self.runs.counts), "looks": dict(self.looks.counts), "dropped": self.dropped}


@dataclass(frozen=True, slots=True)
class Pair:
    """The same platform without and with trouble, next to each other."""

    without: Phase
    troubled: Phase


def run(wanted: argparse.Namespace) -> Outcome:
    settings = {**with_modules(lateness_receiver.__name__), **chosen_settings(wanted)}
    with running(settings, postgres=wanted.postgres) as rig:
        others = rig.populate(Population(wanted.bots, seed=wanted.seed))
        trouble = Trouble(rig)
        rig.start_bots(others)
        time.sleep(wanted.warm_up)
        pairs = [measure_pair(rig, others, trouble, wanted, turn) for turn in range(wanted.repetitions)]
    raw = [{"without": pair.without.as_json(), "with": pair.troubled.as_json()} for pair in pairs]
    return Outcome([table(pairs, wanted.bots)], {"pairs": raw})


def measure_pair(rig: Rig, others: Crowd, trouble: Trouble, wanted: argparse.Namespace, turn: int) -> Pair:
    """Each comes first as often as the other."""
    phases = {}
    for troubled in (False, True) if turn % 2 else (True, False):
        if troubled:
            trouble.begin()
        time.sleep(wanted.settle)
        phases[troubled] = measure_phase(rig, others, wanted.seconds)
        if troubled:
            trouble.end()
    pair = Pair(phases[False], phases[True])
    say(f"repetition {turn + 1}: factor {factor(pair.without.runs, pair.troubled.runs)}")
    return pair


def measure_phase(rig: Rig, others: Crowd, seconds: float) -> Phase:
    runs, tallies = read_runs(rig, others.bots), rig.tallies()
    time.sleep(seconds)
    between = rig.tallies().minus(tallies)
    dropped = sum(between.counts.get(name, 0) for name in DROPPED)
    return Phase(read_runs(rig, others.bots).minus(runs), between.lateness.get("look", NOTHING), dropped)


def read_runs(rig: Rig, bots: Sequence[int]) -> Histogram:
    """How late the runs of these bots began, since the start."""
    content = cast("Mapping[bytes, bytes]", rig.redis.hgetall(rig.prefix + HASH))
    wanted = set(bots)
    return add_up(late for bot, late in parse_lateness(content).items() if bot in wanted)


def add_up(parts: Iterable[Histogram]) -> Histogram:
    return reduce(Histogram.plus, parts, NOTHING)


def factor(without: Histogram, troubled: Histogram) -> float | None:
    """By how much the 99th percentile grew; None where nothing was measured."""
    before, after = without.quantile(SHARE), troubled.quantile(SHARE)
    return after / before if before and after else None


def table(pairs: Sequence[Pair], bots: int) -> Table:
    runs = [(pair.without.runs, pair.troubled.runs) for pair in pairs]
    looks = [(pair.without.looks, pair.troubled.looks) for pair in pairs]
    rows = [row(f"runs of {bots} other users' bots", runs), row("looks at all bots", looks)]
    dropped: list[Cell] = ["dropped of all bots", None, summarize(pair.without.dropped for pair in pairs)]
    rows.append([*dropped, summarize(pair.troubled.dropped for pair in pairs), None])
    notes = (
        f"Median (lowest to highest) of {len(pairs)} repetitions by turns. Trouble: {NOISY_BOTS} trading bots of one user,"
        f" a bot whose exchange answers after {HANG_SECONDS} s, one whose key is refused. At most {BOUND:g} is wanted.",
    )
    headings = ("lateness, p99", "measured", "without trouble, s", "with trouble, s", "factor")
    return Table("Fairness", headings, rows, notes)


def row(name: str, pairs: Sequence[tuple[Histogram, Histogram]]) -> list[Cell]:
    factors = [factor(*pair) for pair in pairs]
    return [
        name,
        sum(without.total + troubled.total for without, troubled in pairs),
        summarize(known(without.quantile(SHARE) for without, _ in pairs)),
        summarize(known(troubled.quantile(SHARE) for _, troubled in pairs)),
        summarize(known(factors)),
    ]


def known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--bots", type=int, default=200, help="of other users, one each")
    add("--seconds", type=float, default=30, help="of each phase")
    add("--settle", type=float, default=5, help="seconds before each phase")
    add("--repetitions", type=int, default=4)
    add("--warm-up", type=float, default=15)
    add("--seed", type=int, default=1)
    add_settings(parser)


BENCHMARK = Benchmark(
    "fairness", "other users' lateness beside one who hogs, one that hangs and one banned", add_arguments, run
)
