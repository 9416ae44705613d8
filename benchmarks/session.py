"""Opening a session for a user, beside what every ccxt program does: the constructor and load_markets."""

import json
import os
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.benchmark import Benchmark, Outcome, say
from benchmarks.figures import Summary, summarize
from benchmarks.rig.modules import run_module
from benchmarks.rig.redis_server import start_redis
from benchmarks.session_exchange import multiply_symbols, serving
from benchmarks.session_opening import Opening
from benchmarks.table import Cell, Table
from exchanges.paper.tests.server import PaperServer
from saas.environment import GENERATED

PAPER, GROWN = "paper", "grown"
# More weight a minute than anybody asks for: what an exchange allows is another benchmark's.
UNLIMITED = ("--weight-limit", "10000000")
TIMEOUT_SECONDS = 600
MILLISECONDS = 1_000
KILOBYTES = 1 / 1_024


@dataclass(frozen=True, slots=True)
class Case:
    """One row: a way of opening (`session_opening.WAYS`), at which exchange, and the case it is a fraction of."""

    way: str
    exchange: str
    label: str
    of: tuple[str, str] | None = None


CASES = (
    Case("loaded", PAPER, "ccxt, constructor and load_markets"),
    Case("constructor", PAPER, "ccxt, constructor alone", ("loaded", PAPER)),
    Case("ours", PAPER, "Cardume, open_key_session", ("loaded", PAPER)),
    Case("loaded_asking", PAPER, "ccxt, the same and its balances asked"),
    Case("ours_asking", PAPER, "Cardume, the same and its balances asked", ("loaded_asking", PAPER)),
    Case("loaded", GROWN, "ccxt, constructor and load_markets"),
    Case("ours", GROWN, "Cardume, open_key_session", ("loaded", GROWN)),
)
Results = Mapping[Case, Sequence[Opening]]


def add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="each way in so many fresh processes, in turn")
    add("--sessions", type=int, default=100, help="how many of ours are opened and kept in a process")
    add("--ccxt-sessions", type=int, default=10, help="how many of ccxt's; they are large")
    add("--symbols", type=int, default=3_000, help="how many the larger exchange lists")


def run(wanted: Namespace) -> Outcome:
    results: dict[Case, list[Opening]] = {case: [] for case in CASES}
    with exchanges(wanted.symbols) as (environments, counts):
        for number in range(wanted.rounds):
            say(f"round {number + 1} of {wanted.rounds}")
            for case in CASES:
                count = wanted.sessions if case.way.startswith("ours") else wanted.ccxt_sessions
                results[case].append(open_sessions(case.way, count, environments[case.exchange]))
    return Outcome([build_table(results, counts, wanted)], describe_raw(results))


@contextmanager
def exchanges(symbols: int) -> Iterator[tuple[Mapping[str, Mapping[str, str]], Mapping[str, int]]]:
    """Both exchanges: the environment of a process that is to ask it, and how many symbols it lists."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cardume-benchmark-")))
        paper = PaperServer(folder / "paper.sqlite3", *UNLIMITED, quiet=True)
        stack.callback(paper.close)
        paper.start()
        answer = requests.get(f"{paper.url}/api/v3/exchangeInfo", timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        information = answer.json()
        grown = stack.enter_context(serving(multiply_symbols(information, symbols)))
        shared = {**make_environment(folder), "REDIS_URL": start_redis(folder, stack)}
        yield (
            {
                PAPER: {**shared, "PAPER_EXCHANGE_URL": paper.url},
                GROWN: {**shared, "PAPER_EXCHANGE_URL": grown},
            },
            {PAPER: len(information["symbols"]), GROWN: symbols},
        )


def make_environment(folder: Path) -> dict[str, str]:
    """Of an installation that has no processes: its settings, with secrets of its own."""
    inherited = {name: value for name, value in os.environ.items() if name not in GENERATED}
    own = {
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'cardume.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "saas.settings",
        "LOG_LEVEL": "ERROR",
        # One process keeps all of them open, which a worker of the usual size would refuse.
        "WORKER_CONCURRENCY": "10000",
    }
    return {**inherited, **{name: make() for name, make in GENERATED.items()}, **own}


def open_sessions(way: str, count: int, environment: Mapping[str, str]) -> Opening:
    """In a fresh process. Raises RuntimeError with what it said."""
    text = run_module("benchmarks.session_opening", [way, str(count)], environment, TIMEOUT_SECONDS)
    return Opening(**json.loads(text.splitlines()[-1]))


def build_table(results: Results, counts: Mapping[str, int], wanted: Namespace) -> Table:
    headings = ("a session", "symbols", "CPU ms", "wall ms", "KB kept open", "CPU: 1/n", "memory: 1/n")
    return Table(
        "Opening a session for a user",
        headings,
        [build_row(case, results, counts) for case in CASES],
        (
            f"Means of {wanted.sessions} sessions of ours, {wanted.ccxt_sessions} of ccxt's, all kept open in one"
            f" process; median (lowest to highest) of {wanted.rounds} processes each.",
            "1/n: how many of ours cost what one of ccxt's with load_markets does, round by round.",
        ),
    )


def build_row(case: Case, results: Results, counts: Mapping[str, int]) -> list[Cell]:
    found = results[case]
    row: list[Cell] = [
        case.label,
        counts[case.exchange],
        summarize(opening.cpu * MILLISECONDS for opening in found),
        summarize(opening.wall * MILLISECONDS for opening in found),
        summarize(opening.size * KILOBYTES for opening in found),
    ]
    whole = next((results[other] for other in CASES if (other.way, other.exchange) == case.of), None)
    if whole is None:
        return [*row, None, None]
    return [
        *row,
        divide([one.cpu for one in whole], [one.cpu for one in found]),
        divide([one.size for one in whole], [one.size for one in found]),
    ]


def divide(wholes: Sequence[float], parts: Sequence[float]) -> Summary | None:
    """How often a part goes into its whole, pair by pair; pairs with no part are left out."""
    return summarize(whole / part for whole, part in zip(wholes, parts, strict=True) if part > 0)


def describe_raw(results: Results) -> dict[str, object]:
    return {
        "cases": [
            {
                "way": case.way,
                "exchange": case.exchange,
                "cpu": [one.cpu for one in found],
                "wall": [one.wall for one in found],
                "bytes": [one.size for one in found],
            }
            for case, found in results.items()
        ]
    }


BENCHMARK = Benchmark(
    "session",
    "opening a user's session, beside ccxt's constructor and load_markets: CPU, time and memory",
    add_arguments,
    run,
)
