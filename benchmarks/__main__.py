"""Lists the benchmarks, or runs one: `python -m benchmarks [NAME [options]]`."""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.benchmark import Benchmark, Outcome
from benchmarks.registry import BENCHMARKS
from benchmarks.table import render_markdown, render_text

INTERRUPTED = 130


def main(arguments: Sequence[str], benchmarks: Sequence[Benchmark] = BENCHMARKS) -> int:
    parser = build_parser(benchmarks)
    wanted = parser.parse_args(arguments)
    if wanted.name is None:
        sys.stdout.write(describe(benchmarks))
        return 0
    chosen = next(benchmark for benchmark in benchmarks if benchmark.name == wanted.name)
    outcome = chosen.run(wanted)
    sys.stdout.write("\n".join(render_text(table) for table in outcome.tables))
    keep(outcome, wanted)
    return 0


def describe(benchmarks: Sequence[Benchmark]) -> str:
    """One line each."""
    width = max(len(benchmark.name) for benchmark in benchmarks)
    lines = [f"{benchmark.name.ljust(width)}  {benchmark.description}" for benchmark in benchmarks]
    return "\n".join([*lines, "", "python -m benchmarks NAME --help tells a benchmark's options.", ""])


def build_parser(benchmarks: Sequence[Benchmark]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures Cardume.")
    names = parser.add_subparsers(dest="name", metavar="NAME")
    for benchmark in benchmarks:
        own = names.add_parser(
            benchmark.name,
            help=benchmark.description,
            description=benchmark.description,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        benchmark.add_arguments(own)
        own.add_argument("--json", metavar="FILE", type=Path, help="write the raw figures there")
        own.add_argument("--markdown", metavar="FILE", type=Path, help="write the tables there")
        own.add_argument("--drawings", metavar="FOLDER", type=Path, help="write the drawings there, as SVG")
    return parser


def keep(outcome: Outcome, wanted: argparse.Namespace) -> None:
    """Write what the command line asked for."""
    if wanted.json:
        text = json.dumps({"benchmark": wanted.name, **outcome.raw}, indent=1)
        wanted.json.write_text(text + "\n", encoding="utf-8")
    if wanted.markdown:
        tables = "\n".join(render_markdown(table) for table in outcome.tables)
        wanted.markdown.write_text(tables, encoding="utf-8")
    if wanted.drawings:
        wanted.drawings.mkdir(parents=True, exist_ok=True)
        for name, drawing in outcome.drawings.items():
            (wanted.drawings / name).write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    # Ends like Ctrl-C does: processes and folders are cleared away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(INTERRUPTED))
    sys.exit(main(sys.argv[1:]))
