import pytest

from benchmarks.drawing import Line
from benchmarks.soak import ALL, Moment, charts, memory_row, memory_table, verdict


def moments(percent_per_hour: float) -> list[Moment]:
    """A sample each minute of four hours, one process growing so much and wobbling a little."""
    sizes = [100e6 * (1 + percent_per_hour / 100 * minute / 60) + (minute % 3) * 1e4 for minute in range(240)]
    return [Moment(minute / 60, {ALL: int(size), "worker": int(size)}) for minute, size in enumerate(sizes)]


@pytest.mark.parametrize(("percent", "said"), [(0.0, "bounded"), (0.5, "bounded"), (3.0, "grows")])
def test_a_slope_is_judged_by_its_share_of_the_mean(percent: float, said: str) -> None:
    row = memory_row("worker", moments(percent))
    assert row[3] == pytest.approx(percent, abs=0.3)
    assert row[5] == said


def test_a_slope_that_may_be_chance_is_not_judged() -> None:
    assert verdict(0.5, 2.0) == "not clear yet"
    assert verdict(2.0, 1.5) == "not clear yet"


def test_the_warm_up_does_not_count() -> None:
    rising = [Moment(hours / 60, {ALL: 10_000_000 * hours}) for hours in range(1, 30)]
    table = memory_table([*rising, *(Moment(1 + one.hours, one.private) for one in moments(0))], 1.0)
    assert dict(zip(table.headings, table.rows[0], strict=True))["verdict"] == "bounded"


def test_stopped_at_once_it_says_so() -> None:
    assert memory_table([], 0.5).rows == []
    assert memory_table(moments(0)[:2], 0.5).rows[0][5] == "too short"
    whole, parts = charts([])
    assert whole.lines == [Line(ALL, [])]
    assert parts.lines == []


def test_the_sum_is_drawn_apart_from_its_parts() -> None:
    whole, parts = charts(moments(0))
    assert [line.name for line in whole.lines] == [ALL]
    assert [line.name for line in parts.lines] == ["worker"]
