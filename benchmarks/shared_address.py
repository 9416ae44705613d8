"""One address for everybody: N bots in front of an exchange with Binance's real limits, one user of whom never stops asking.

The same bots are measured without and with that user. What counts: that the exchange refuses nobody (429) and bans nobody
(418), and that the others' orders and lateness stay what they were.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.benchmark import Benchmark, Outcome, say
from benchmarks.rig.installation import Crowd, Rig, add_settings, chosen_settings, running
from benchmarks.rig.measuring import MINUTE, Measured, measure
from benchmarks.table import Cell, Table
from benchmarks.ticks import add_durations, add_population, population_of, start_crowd
from saas.environment import ROOT

ORDERS = "POST /api/v3/order"
LOOPED_SYMBOL, LOOPED_QUANTITY = "BTC/USDT", "0.001"
THREADS = 8
# The looping user goes on for a little longer than is measured.
LONGER_SECONDS = 5.0
ENDS_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class Phase:
    """The bots at work for a while; `refused` and `highest_weight` are what the exchange told of its limits.

    `own_orders` are what the user who loops in one phase asked to place meanwhile, `looped` what he counted while he did.
    """

    measured: Measured
    refused: Mapping[str, int]
    highest_weight: int
    own_orders: int
    looped: Mapping[str, Any]

    @property
    def seconds(self) -> float:
        return self.measured.whole.seconds

    def others_orders(self) -> float:
        """Per minute, the looping user's left out."""
        placed = self.measured.whole.asked.get(ORDERS, 0)
        # One of his may be under way while either is read.
        return max(0, placed - self.own_orders) * MINUTE / self.seconds

    def of_looper(self, what: str) -> float:
        """Of what it counted while it ran, the part that fell into the measured time."""
        share = self.seconds / float(self.looped.get("seconds", self.seconds))
        return float(self.looped.get(what, 0)) * share

    def as_json(self) -> dict[str, Any]:
        return {
            "refused": dict(self.refused),
            "highest_weight": self.highest_weight,
            "own_orders": self.own_orders,
            "looped": dict(self.looped),
            **self.measured.as_json(),
        }


def run(wanted: argparse.Namespace) -> Outcome:
    settings = {"PAPER_WEIGHT_LIMIT": str(wanted.weight_limit), **chosen_settings(wanted)}
    with running(settings, postgres=wanted.postgres) as rig:
        population = population_of(wanted, wanted.bots)
        crowd = start_crowd(rig, population, wanted.warm_up)
        without = watch(rig, crowd, wanted, {})
        with looping(rig, crowd, wanted) as looped:
            during = watch(rig, crowd, wanted, looped)
    phases = {"without": without, "with": during}
    raw = {name: phase.as_json() for name, phase in phases.items()}
    return Outcome([compare(wanted, without, during), tell_looper(during)], raw)


def watch(rig: Rig, crowd: Crowd, wanted: argparse.Namespace, looped: dict[str, Any]) -> Phase:
    user = crowd.api_keys[-1]
    before, orders = rig.exchange.read_limits(), rig.exchange.count_placings(user)
    say(
        f"measuring {wanted.bots} bots for {wanted.seconds:g} s{' beside the looping user' if looped else ''}"
    )
    measured = measure(rig, wanted.seconds, wanted.window)
    after, orders = rig.exchange.read_limits(), rig.exchange.count_placings(user) - orders
    refused = {name: count - before["refused"].get(name, 0) for name, count in after["refused"].items()}
    return Phase(measured, refused, after["highest_weight"], orders, looped)


@contextmanager
def looping(rig: Rig, crowd: Crowd, wanted: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The last user asks without an end; what it has counted is there once it has ended."""
    seconds = wanted.seconds + LONGER_SECONDS
    numbers = [LOOPED_SYMBOL, LOOPED_QUANTITY, str(seconds), str(THREADS)]
    command = [sys.executable, "-m", "benchmarks.rig.looper", str(crowd.keys[-1]), *numbers]
    looped: dict[str, Any] = {"seconds": seconds}
    with subprocess.Popen(
        command, cwd=ROOT, env=rig.platform.environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101 -- a pipe was asked for
            if not process.stdout.readline():
                raise RuntimeError("the looping user ended before it began")
            yield looped
            answer, _ = process.communicate(timeout=seconds + ENDS_WITHIN_SECONDS)
            looped.update(json.loads(answer))
        finally:
            process.kill()


def compare(wanted: argparse.Namespace, without: Phase, during: Phase) -> Table:
    both = (without, during)
    minute = [(phase.seconds / MINUTE) for phase in both]
    rows: list[tuple[Cell, ...]] = [
        ("429 answers", *(phase.refused.get("binance 429", 0) for phase in both)),
        ("418 answers", *(phase.refused.get("binance 418", 0) for phase in both)),
        ("highest weight in a minute so far", *(phase.highest_weight for phase in both)),
        ("orders of the others per minute", *(phase.others_orders() for phase in both)),
        (
            "private requests per minute",
            *(phase.measured.requests_per_minute(public=False) for phase in both),
        ),
        ("public requests per minute", *(phase.measured.requests_per_minute(public=True) for phase in both)),
        (
            "looper's requests per minute",
            *(p.of_looper("sent") / m for p, m in zip(both, minute, strict=True)),
        ),
        ("p99 lateness of looks, s", *(phase.measured.late("look", 0.99) for phase in both)),
        ("p99 lateness of runs, s", *(phase.measured.late("run", 0.99) for phase in both)),
    ]
    title = (
        f"{wanted.bots} bots at an exchange that allows an address {wanted.weight_limit:,} of weight a minute"
    )
    note = "The looping user buys, sells and reads its balance in eight threads, through the platform's own gateway."
    return Table(title, ("measure", "without", "with the looper"), rows, (note,))


def tell_looper(during: Phase) -> Table:
    looped = during.looped
    refused = sorted(looped.get("refused", {}).items())
    rows: list[tuple[Cell, ...]] = [
        ("sent", looped.get("sent", 0)),
        *((f"refused: {code}", n) for code, n in refused),
    ]
    seconds = f"What came of the looping user's requests in {looped['seconds']:g} s"
    return Table(seconds, ("outcome", "times"), rows)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bots", type=int, default=200)
    parser.add_argument("--weight-limit", type=int, default=6_000, help="of one address in a minute")
    add_durations(parser, 180)
    add_population(parser)
    add_settings(parser)
    parser.set_defaults(trading=20.0, holding=0.0, symbols=3)


BENCHMARK = Benchmark(
    "shared-address",
    "refusals, orders and lateness of N bots at real limits, without and with a user who never stops asking",
    add_arguments,
    run,
)
