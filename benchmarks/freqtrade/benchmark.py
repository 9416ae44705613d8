"""`python -m benchmarks freqtrade`: both sides measured on this machine, one after the other."""

import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from benchmarks.benchmark import Benchmark, Outcome
from benchmarks.freqtrade import environment
from benchmarks.freqtrade.cardume import measure_cardume, read_amounts
from benchmarks.freqtrade.figures import Findings
from benchmarks.freqtrade.report import figures_table, ratios_table
from benchmarks.freqtrade.rivals import Rivals, measure_rivals
from benchmarks.freqtrade.rule import PAIRS, Rule

DISPATCHES = ("wake", "every")


def add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--environment", type=Path, default=environment.default_folder(), help="where freqtrade is installed")
    add("--install-only", action="store_true", help="install freqtrade and measure nothing")
    add(
        "--processes", type=int, default=3, help="freqtrades that look every second; the others run once each"
    )
    add("--seconds", type=float, default=60, help="how long freqtrade is watched; whole minutes")
    add("--falls", type=int, default=6, help=f"how often a price falls, at most {len(PAIRS) - 1}")
    add(
        "--dispatch",
        nargs="+",
        choices=DISPATCHES,
        default=DISPATCHES,
        help="Cardume's ways that are measured",
    )
    add("--first-bots", type=int, default=100, help="Cardume's bots at first")
    add("--wake-bots", type=int, default=1_000, help="and then, with BOT_DISPATCH=wake")
    add("--every-bots", type=int, default=300, help="and then, with BOT_DISPATCH=every")
    add("--bot-seconds", type=float, default=30, help="how long Cardume is watched with each number of bots")
    add("--settle", type=float, default=30, help="seconds of work before; every bot has run after sixty")
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of Cardume's; may be repeated",
    )


def run(wanted: Namespace) -> Outcome:
    program = environment.prepare(wanted.environment)
    version = environment.read_version(program)
    if wanted.install_only:
        return Outcome([], {"version": version})
    rule, settings = Rule(), dict(pair.split("=", 1) for pair in wanted.set)
    rivals = find_rivals(program, wanted, rule)
    ours = [
        measure_cardume(dispatch, read_amounts(wanted, dispatch), rule, settings)
        for dispatch in wanted.dispatch
    ]
    found = [*rivals, *ours]
    tables = [figures_table(found, version), ratios_table(rivals, ours)]
    return Outcome(tables, {"version": version, "found": [one.as_json() for one in found]})


def find_rivals(program: Path, wanted: Namespace, rule: Rule) -> list[Findings]:
    with (
        tempfile.TemporaryDirectory(prefix="cardume-benchmark-") as folder,
        Rivals(program, Path(folder), rule, wanted.processes) as rivals,
    ):
        return measure_rivals(rivals, rule, wanted.seconds, wanted.falls)


BENCHMARK = Benchmark(
    "freqtrade",
    "beside freqtrade, dry, on the same exchange and rule: CPU, memory, start, requests, and fall of a price to order",
    add_arguments,
    run,
)
