"""The sheet of several numbers of bots, from made-up runs."""

import argparse

import pytest

from benchmarks import growth
from benchmarks.figures import Summary
from benchmarks.growth import table
from benchmarks.rig.measuring import Measured, Sample, Window
from benchmarks.rig.population import Population
from benchmarks.rig.processes import Usage
from benchmarks.rig.tallies import Tallies, parse_buckets
from benchmarks.ticks import Run


def sample(at: float, looks: int) -> Sample:
    tallies = Tallies({"looks": looks}, {"look": parse_buckets({b"3": str(looks).encode()})})
    return Sample(at, {"dispatcher": Usage(at / 10, 100, 200, 90)}, tallies, {})


def run_of(bots: int) -> Run:
    busy = Measured([Window(sample(0, 0), sample(10, 10 * bots))])
    return Run(Population(bots), Measured([Window(sample(0, 0), sample(5, 0))]), busy)


def test_a_number_of_bots_that_failed_is_told_and_the_others_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run_size(_: argparse.Namespace, size: int) -> Run:
        if size == 3_000:
            raise TimeoutError("not within 120 s: a first run")
        return run_of(size)

    monkeypatch.setattr(growth, "run_size", run_size)
    outcome = growth.run(argparse.Namespace(sizes="10,3000,300"))
    (sheet,) = outcome.tables
    assert [row[:2] for row in sheet.rows] == [["10", Summary(10, 10, 10)], ["300", Summary(300, 300, 300)]]
    assert "3,000 bots were not measured: TimeoutError: not within 120 s: a first run" in sheet.notes
    assert [run["bots"] for run in outcome.raw["runs"]] == [10, 300]
    assert "growth.svg" in outcome.drawings


def test_lateness_and_cpu_stand_in_the_row_and_nothing_where_nothing_was_counted() -> None:
    cells = dict(zip(growth.HEADINGS, table([run_of(10)], {}).rows[0], strict=True))
    assert cells["look p99, s"] == pytest.approx(0.04)
    assert cells["run p99, s"] is None
    assert cells["CPU, % of one core"] == Summary(10, 10, 10)
    assert cells["dropped, % of due"] == 0


def test_where_nothing_was_measured_an_empty_sheet_says_so() -> None:
    assert all(not line.points for chart in growth.charts([]) for line in chart.lines)
