"""Runs the proof: `python -m tests.chaos --help`."""

import argparse
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.chaos.report import Row, print_table, render_json, render_markdown, total
from tests.chaos.rig.proof import BENCHES
from tests.chaos.scenario import Options, Scenario, say
from tests.chaos.scenarios import SCENARIOS
from tests.postgres import throwaway_cluster

INTERRUPTED = 130
EXCHANGES = {"binance": ("binance",), "bybit": ("bybit",), "both": ("binance", "bybit")}
MEMORY = Path("/dev/shm")  # noqa: S108 -- a kill does not empty the page cache, so nothing is proved by a slower disk


def main(arguments: Sequence[str]) -> int:
    """0 if nothing was lost, doubled or miscounted."""
    parser = build_parser()
    wanted = parser.parse_args(arguments)
    chosen = [scenario for scenario in SCENARIOS if not wanted.only or scenario.name in wanted.only]
    with prepared(wanted) as options, BENCHES:
        rows = [row for scenario in chosen for row in run(scenario, options)]
    print_table(rows)
    if wanted.json:
        Path(wanted.json).write_text(render_json(rows), encoding="utf-8")
    if wanted.markdown:
        Path(wanted.markdown).write_text(render_markdown(rows), encoding="utf-8")
    return 0 if total(rows).is_clean else 1


def run(scenario: Scenario, options: Options) -> list[Row]:
    say(f"{scenario.name}: {scenario.description}")
    began = time.monotonic()
    rows = _try(scenario, options)
    found = total(rows)
    say(
        f"{scenario.name}: {found.repetitions} in {time.monotonic() - began:.0f} s,"
        f" {found.lost} lost, {found.doubled} doubled, {found.miscounted} miscounted"
    )
    return rows


def _try(scenario: Scenario, options: Options) -> list[Row]:
    """A scenario that breaks off has proved nothing: it counts as a loss, and does not cost what the others found."""
    try:
        return scenario.run(options)
    except Exception as error:  # noqa: BLE001 -- whatever it was, the next scenario is run
        say(traceback.format_exc())
        return [Row(scenario.name, 0, 0, 1, 0, 0, f"broke off: {type(error).__name__}")]


def build_parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {scenario.name:<20} {scenario.description}" for scenario in SCENARIOS)
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description="Proves that no order is lost, doubled or miscounted.",
        epilog=f"scenarios:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    names = [scenario.name for scenario in SCENARIOS]
    add("--kills", type=int, default=100, help="scales everything; 1000 is the published run")
    add("--only", nargs="+", choices=names, metavar="NAME", help="these scenarios only")
    add("--exchange", choices=sorted(EXCHANGES), default="both")
    add("--database", choices=("sqlite", "postgres"), default=default_database(), help="DATABASE_URL's kind")
    add("--seed", type=int, default=1)
    add("--json", metavar="FILE", help="write the rows there")
    add("--markdown", metavar="FILE", help="write the table there")
    return parser


def default_database() -> str:
    return "postgres" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"


@contextmanager
def prepared(wanted: argparse.Namespace) -> Iterator[Options]:
    """The options, with a folder and a database cluster that are gone afterwards."""
    with ExitStack() as stack:
        where = MEMORY if MEMORY.is_dir() else None
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cardume-chaos-", dir=where))
        url = os.environ.get("DATABASE_URL", "") if wanted.database == "postgres" else ""
        if wanted.database == "postgres" and not url:
            url = stack.enter_context(throwaway_cluster())
        yield Options(wanted.kills, wanted.seed, EXCHANGES[wanted.exchange], Path(folder), url)


if __name__ == "__main__":
    # Ends like Ctrl-C does: processes, folders and clusters are cleared away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(INTERRUPTED))
    sys.exit(main(sys.argv[1:]))
