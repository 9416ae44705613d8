"""One run on the real processes, so that the benchmark cannot rot; what is asserted holds however busy the machine is."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main


@pytest.mark.system
def test_a_user_who_never_stops_asking_has_nobody_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "figures.json"
    short = ["--seconds", "8", "--window", "4", "--warm-up", "1", "--settle", "0", "--bots", "3"]
    assert main(["shared-address", *short, "--weight-limit", "1200", "--json", str(figures)]) == 0
    assert "p99 lateness of looks" in capsys.readouterr().out
    phase = json.loads(figures.read_text())["with"]
    assert phase["refused"] == {}
    assert phase["looped"]["sent"] > 0
    assert sum(phase["looped"]["refused"].values()) > 0
