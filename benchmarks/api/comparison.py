"""How fast the API's main reads are for somebody with 10,000 trades, beside a bare view in the same server."""

import argparse
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any

from benchmarks.api.reads import BARE, READS, SIGNED_IN, Read
from benchmarks.api.server import Served, serving
from benchmarks.api.size import Size
from benchmarks.benchmark import Benchmark, Outcome, say
from benchmarks.figures import Summary, summarize
from benchmarks.table import Cell, Table

MILLISECONDS = 1_000
MIX = "all of them, mixed"
MIX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Phase:
    """One read asked for a while. Times in seconds, one per answer; `cpu` is what the web process used for all."""

    read: str
    seconds: float
    cpu: float
    times: Sequence[float]

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds

    @property
    def cpu_each(self) -> float:
        return self.cpu / len(self.times)

    def quantile(self, percent: int) -> float:
        """Of one answer alone, that answer."""
        return (
            quantiles(self.times, n=100, method="inclusive")[percent - 1] if self.times[1:] else self.times[0]
        )


def run(wanted: argparse.Namespace) -> Outcome:
    size = Size(wanted.users, wanted.heavy_users, wanted.trades, wanted.light_trades)
    with serving(size, postgres=wanted.postgres) as served:
        phases = [phase for turn in range(wanted.repetitions) for phase in _run_turn(served, wanted, turn)]
        filled = served.filled
    raw = {"size": filled["size"], "rows": filled["rows"], "queries": filled["queries"]}
    table = build_table(phases, filled["queries"], _notes(wanted, filled))
    return Outcome([table], {**raw, "phases": [asdict(phase) for phase in phases]})


def _run_turn(served: Served, wanted: argparse.Namespace, turn: int) -> list[Phase]:
    """Every read once, and all mixed; the bare views come in the middle of the others, not always first."""
    say(f"repetition {turn + 1} of {wanted.repetitions}")
    order = [*READS[turn % len(READS) :], *READS[: turn % len(READS)]]
    phases = [_run_read(served, wanted, read) for read in order]
    mixed = [[_mixed_paths(person, turn), person["token"]] for person in _askers(served, wanted.connections)]
    return [*phases, _run_phase(served, wanted.seconds, MIX, mixed)]


def _run_read(served: Served, wanted: argparse.Namespace, read: Read) -> Phase:
    askers = _askers(served, 1 if read.is_download else wanted.connections)
    plans = [[[read.address(person)], person["token"]] for person in askers]
    return _run_phase(served, wanted.seconds, read.name, plans)


def _askers(served: Served, connections: int) -> list[Mapping[str, Any]]:
    people = served.filled["people"]
    return [people[number % len(people)] for number in range(connections)]


def _run_phase(served: Served, seconds: float, name: str, asked: Sequence[Any]) -> Phase:
    """`asked` has paths and a token for each connection."""
    plans = [[{"path": path, "token": token} for path in paths] for paths, token in asked]
    before = served.usage().cpu
    found = served.load(plans, seconds)
    cpu = served.usage().cpu - before
    times = [time for answers in found for each in answers["times"].values() for time in each]
    return Phase(name, max(answers["seconds"] for answers in found), cpu, times)


def _mixed_paths(person: Mapping[str, Any], turn: int) -> list[str]:
    draw = random.Random(f"{person['bot']}-{turn}")  # noqa: S311  # not a secret
    shares = [read.share for read in READS]
    return [read.address(person) for read in draw.choices(READS, shares, k=MIX_LENGTH)]


def build_table(phases: Sequence[Phase], queries: Mapping[str, int], notes: Sequence[str]) -> Table:
    rows = [_row(name, phases, queries.get(name)) for name in (*(read.name for read in READS), MIX)]
    headings = [
        "read",
        "queries",
        "per second",
        "p50 ms",
        "p99 ms",
        "CPU ms",
        "p99 × bare",
        "p99 × bare, signed in",
    ]
    return Table("The API's reads", headings, rows, notes)


def _row(name: str, phases: Sequence[Phase], queries: int | None) -> list[Cell]:
    own = [phase for phase in phases if phase.read == name]
    return [
        name,
        queries,
        summarize(phase.per_second for phase in own),
        _milliseconds(phase.quantile(50) for phase in own),
        _milliseconds(phase.quantile(99) for phase in own),
        _milliseconds(phase.cpu_each for phase in own),
        _ratio(own, [phase for phase in phases if phase.read == BARE]),
        _ratio(own, [phase for phase in phases if phase.read == SIGNED_IN]),
    ]


def _milliseconds(seconds: Any) -> Summary | None:
    summary = summarize(seconds)
    return summary.times(MILLISECONDS) if summary else None


def _ratio(own: Sequence[Phase], bare: Sequence[Phase]) -> Summary | None:
    """Of the p99s within each repetition."""
    return summarize(one.quantile(99) / other.quantile(99) for one, other in zip(own, bare, strict=True))


def _notes(wanted: argparse.Namespace, filled: Mapping[str, Any]) -> list[str]:
    rows = ", ".join(f"{count:,} {name}" for name, count in filled["rows"].items())
    size = filled["size"]
    return [
        f"{wanted.connections} connections of {size['heavy_users']} users with {size['heavy_trades']:,} trades each;"
        f" {size['users']:,} users, {rows}; {'PostgreSQL' if wanted.postgres else 'SQLite'}.",
        f"{wanted.repetitions} repetitions of {wanted.seconds:g} s per read; median (lowest to highest).",
        "CPU is the web process's per answer; the bare views answer 16 bytes.",
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    size = Size()
    add = parser.add_argument
    add("--users", type=int, default=size.users, help="all users")
    add("--heavy-users", type=int, default=size.heavy_users, help="users with many trades; they ask")
    add("--trades", type=int, default=size.heavy_trades, help="trades of each of those")
    add("--light-trades", type=int, default=size.light_trades, help="trades of each of the others")
    add("--connections", type=int, default=4, help="kept connections, each with one question at a time")
    add("--seconds", type=float, default=2.0, help="for each read in each repetition")
    add("--repetitions", type=int, default=5, help="of all reads")
    add("--postgres", action="store_true", help="on a throwaway PostgreSQL cluster instead of SQLite")


BENCHMARK = Benchmark(
    "api", "the API's main reads beside a bare Django view in the same server", add_arguments, run
)
