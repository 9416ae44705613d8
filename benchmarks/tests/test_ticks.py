"""One run on the real processes, so that the benchmark cannot rot. What it measures here is never asserted."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.rig.tallies import DROPPED


@pytest.mark.system
@pytest.mark.parametrize(("dispatch", "counted"), [("every", "runs"), ("wake", "looks")])
def test_ticks_counts_what_three_bots_do(
    dispatch: str, counted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "figures.json"
    short = ["--seconds", "4", "--window", "2", "--warm-up", "1", "--settle", "0", "--symbols", "3"]
    bots = ["--bots", "3", "--holding", "34", "--dispatch", dispatch]
    assert main(["ticks", *bots, *short, "--json", str(figures)]) == 0
    printed = capsys.readouterr().out
    assert all(measure in printed for measure in ("runs per second", "memory per further bot", *DROPPED))
    (run,) = json.loads(figures.read_text())["runs"]
    windows = run["busy"]["windows"]
    assert sum(window["counts"].get(counted, 0) for window in windows) > 0
    assert any(name.startswith("worker") for name in windows[0]["cpu_seconds"])
    assert all(size > 0 for size in windows[0]["pss"].values())
