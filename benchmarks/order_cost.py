"""What a look, an entry and an exit cost: CPU of ours, of the paper exchange and of Redis, and how often each is asked."""

import json
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from benchmarks.benchmark import Benchmark, Outcome
from benchmarks.figures import summarize
from benchmarks.order_cost_runs import ENTRY, EXIT, FIRST_ENTRY, HOLDING, QUIET, Phase
from benchmarks.rig.modules import run_module
from benchmarks.rig.redis_server import start_redis
from benchmarks.session import TIMEOUT_SECONDS, UNLIMITED, make_environment
from benchmarks.table import Cell, Table
from exchanges.paper.tests.server import PaperServer
from saas.environment import ROOT


def add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--bots", type=int, default=50, help="each with an owner, an account and a key of its own")
    add("--rounds", type=int, default=5, help="how often they all buy and sell")
    add("--exchange", choices=("binance", "bybit"), default="binance")
    add("--sql", action="store_true", help="also which statements and requests these are")


def run(wanted: Namespace) -> Outcome:
    phases = measure(wanted.exchange, wanted.bots, wanted.rounds)
    tables = [build_table(phases, wanted)]
    if wanted.sql:
        tables += [build_details(name, phases) for name in (QUIET, ENTRY, EXIT)]
    return Outcome(tables, {"phases": [asdict(phase) for phase in phases]})


def measure(exchange: str, bots: int, rounds: int) -> list[Phase]:
    """In a fresh process, beside a paper exchange and a Redis of its own. Raises RuntimeError with what it said."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cardume-benchmark-")))
        paper = PaperServer(folder / "paper.sqlite3", "--faults", *UNLIMITED, quiet=True)
        stack.callback(paper.close)
        process = paper.start().process
        environment = {
            **make_environment(folder),
            "REDIS_URL": start_redis(folder, stack),
            "PAPER_EXCHANGE_URL": paper.url,
            "LOG_LEVEL": "INFO",
            # One price for all bots of a phase, however long a busy machine takes over them.
            "SNAPSHOT_MAX_AGE_SECONDS": "3600",
        }
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        numbers = [str(number) for number in (bots, rounds, process.pid if process else 0)]
        text = run_module("benchmarks.order_cost_runs", [exchange, *numbers], environment, TIMEOUT_SECONDS)
    return [Phase(**phase) for phase in json.loads(text.splitlines()[-1])]


def build_table(phases: Sequence[Phase], wanted: Namespace) -> Table:
    headings = ("one run", "all, ms CPU", "ours", "paper exchange", "Redis", "SQL", "Redis calls", "requests")
    return Table(
        f"What a run costs ({wanted.exchange})",
        headings,
        [build_row(name, phases) for name in (QUIET, FIRST_ENTRY, ENTRY, HOLDING, EXIT)],
        (
            f"Per run; means over {wanted.bots} bots, median (lowest to highest) of {wanted.rounds} rounds."
            " A process's first entry for a bot and symbol searches for lost orders.",
            "SQL counts every statement, BEGIN and those of SQLite's settings included.",
        ),
    )


def build_row(name: str, phases: Sequence[Phase]) -> list[Cell]:
    found = [phase for phase in phases if phase.name == name]
    return [
        name,
        summarize(phase.own + phase.paper + phase.redis for phase in found),
        summarize(phase.own for phase in found),
        summarize(phase.paper for phase in found),
        summarize(phase.redis for phase in found),
        *(middle(getattr(phase, kind) for phase in found) for kind in ("queries", "redis_calls")),
        middle(sum(phase.requests.values()) for phase in found),
    ]


def middle(values: Iterable[float]) -> float | None:
    summary = summarize(values)
    return None if summary is None else round(summary.median, 1)


def build_details(name: str, phases: Sequence[Phase]) -> Table:
    """The last of these, statement by statement."""
    last = [phase for phase in phases if phase.name == name][-1]
    rows = [(what, round(times, 2)) for what, times in (*last.sql.items(), *last.requests.items())]
    return Table(f"What {name} asks for", ("statement or request", "times"), rows)


BENCHMARK = Benchmark(
    "order-cost",
    "what a look, an entry and an exit cost: CPU of all processes, SQL, Redis calls, requests",
    add_arguments,
    run,
)
