from benchmarks.fairness import Pair, Phase, add_up, factor, table
from benchmarks.figures import Histogram, histogram
from benchmarks.rig.lateness_by_bot import parse_lateness


def late(*seconds: float) -> Histogram:
    return histogram(seconds, 0.01)


def test_lateness_is_kept_by_bot() -> None:
    found = parse_lateness({b"7:0": b"3", b"7:25": b"1", b"8:4": b"2"})
    assert found == {7: Histogram({0: 3, 25: 1}, 0.01), 8: Histogram({4: 2}, 0.01)}
    assert add_up(found.values()).counts == {0: 3, 25: 1, 4: 2}


def test_the_factor_is_that_of_the_99th_percentile() -> None:
    calm = late(*[0.105] * 99, 3.0)
    assert factor(calm, late(*[0.215] * 99, 0.4)) == 2.0
    assert factor(calm, late()) is None


def test_the_table_has_what_the_others_got() -> None:
    pair = Pair(Phase(late(0.105), late(0.055), 0), Phase(late(0.155), late(0.055), 3))
    rows = {str(row[0]): row[-1] for row in table([pair, pair], 200).rows}
    assert rows["runs of 200 other users' bots"].median == 16 / 11  # type: ignore[union-attr]
    assert rows["looks at all bots"].median == 1  # type: ignore[union-attr]
