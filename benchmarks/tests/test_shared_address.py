"""One run on the real processes, so that the benchmark cannot rot; what is asserted holds however busy the machine is."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.rig.measuring import Measured, Sample, Window
from benchmarks.rig.tallies import Tallies
from benchmarks.shared_address import ORDERS, Phase


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
    assert phase["own_orders"] > 0


def test_the_looping_users_orders_are_none_of_the_others() -> None:
    before, after = sample(0, 0), sample(60, 30)
    phase = Phase(Measured([Window(before, after)]), {}, 0, own_orders=24, looped={"seconds": 90, "sent": 90})
    assert phase.others_orders() == 6
    assert phase.of_looper("sent") == 60


def sample(at: float, placed: int) -> Sample:
    return Sample(at, {}, Tallies({}, {}), {ORDERS: placed})
