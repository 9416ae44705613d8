"""One run on a real web process, so that the benchmark cannot rot. What it measures here is never asserted."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.api.comparison import MIX, Phase, build_table
from benchmarks.api.reads import BARE, READS, SIGNED_IN


@pytest.mark.system
def test_every_read_is_answered_and_told_beside_the_bare_view(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "figures.json"
    small = ["--users", "3", "--heavy-users", "2", "--trades", "9020", "--light-trades", "6"]
    short = ["--connections", "2", "--seconds", "0.1", "--repetitions", "1", "--json", str(figures)]
    assert main(["api", *small, *short]) == 0
    printed = capsys.readouterr().out
    assert all(read.name in printed for read in READS)
    raw = json.loads(figures.read_text())
    assert raw["rows"] == {"trades": 18_046, "orders": 36_077, "fills": 36_077}
    assert all(phase["times"] and phase["cpu"] >= 0 for phase in raw["phases"])
    assert raw["queries"][BARE] == 0
    assert raw["queries"]["trades, page 1"] <= 3


def test_a_p99_is_compared_within_its_repetition() -> None:
    names = [*(read.name for read in READS), MIX]
    slow = {"trades, page 1": 4.0, SIGNED_IN: 2.0}
    phases = [Phase(name, 1.0, 0.5, [turn * slow.get(name, 1.0)] * 10) for turn in (1, 3) for name in names]
    table = build_table(phases, {"trades, page 1": 2}, [])
    shown = {row[0]: dict(zip(table.headings, row, strict=True)) for row in table.rows}
    page = shown["trades, page 1"]
    assert page["queries"] == 2
    assert getattr(page["p99 ms"], "median", None) == 8_000
    assert getattr(page["p99 \u00d7 bare"], "median", None) == 4
    assert getattr(page["p99 \u00d7 bare, signed in"], "median", None) == 2
    assert getattr(shown[BARE]["per second"], "median", None) == 10
