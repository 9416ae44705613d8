import json
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.benchmark import Benchmark, Outcome
from benchmarks.registry import BENCHMARKS
from benchmarks.table import Table
from saas.environment import ROOT


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=2)


def run(wanted: Namespace) -> Outcome:
    table = Table("Nothing", ("times", "figure"), [("all", wanted.times)])
    return Outcome([table], {"times": wanted.times}, {"nothing.svg": "<svg/>"})


# What requirements-dev.txt adds and a test's own environment therefore hides.
WITHOUT_DEVELOPMENT = """
import sys
for name in ("pytest", "hypothesis", "model_bakery", "time_machine", "playwright", "polib"):
    sys.modules[name] = None
from benchmarks.__main__ import main
sys.exit(main([]))
"""
NOTHING = Benchmark("nothing", "measures nothing", add_arguments, run)


def test_without_a_name_every_benchmark_is_listed_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    for benchmark in BENCHMARKS:
        assert any(line.startswith(benchmark.name) and benchmark.description in line for line in lines)


def test_names_are_unique() -> None:
    names = [benchmark.name for benchmark in BENCHMARKS]
    assert len(set(names)) == len(names)


def test_a_run_prints_its_table_and_keeps_what_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures, text, folder = tmp_path / "figures.json", tmp_path / "table.md", tmp_path / "drawings"
    files = ["--json", str(figures), "--markdown", str(text), "--drawings", str(folder)]
    assert main(["nothing", "--times", "7", *files], [NOTHING]) == 0
    assert "all         7" in capsys.readouterr().out
    assert json.loads(figures.read_text()) == {"benchmark": "nothing", "times": 7}
    assert "| all | 7 |" in text.read_text()
    assert (folder / "nothing.svg").read_text() == "<svg/>"


def test_what_the_platform_is_run_with_is_all_that_is_needed() -> None:
    command = [sys.executable, "-c", WITHOUT_DEVELOPMENT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
