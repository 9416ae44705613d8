import random

import pytest

from benchmarks.figures import Histogram, Summary, effective_count, fit_trend, histogram, summarize


def test_a_summary_is_the_median_between_the_lowest_and_the_highest() -> None:
    assert summarize([3.0, 1.0, 10.0]) == Summary(3.0, 1.0, 10.0)
    assert summarize([]) is None


@pytest.mark.parametrize(("share", "seconds"), [(0.5, 0.01), (0.9, 0.03), (0.99, 0.5), (1.0, 0.5)])
def test_a_quantile_is_the_end_of_the_bucket_that_reaches_it(share: float, seconds: float) -> None:
    durations = [0.001] * 60 + [0.025] * 35 + [0.499] * 5
    assert histogram(durations, 0.01).quantile(share) == pytest.approx(seconds)


def test_nothing_has_no_quantile() -> None:
    assert Histogram({}, 0.01).quantile(0.5) is None


def test_what_was_counted_before_is_left_out() -> None:
    before, after = Histogram({0: 5, 3: 1}, 0.01), Histogram({0: 5, 3: 4, 9: 2}, 0.01)
    assert after.minus(before) == Histogram({3: 3, 9: 2}, 0.01)
    assert before.plus(after).counts == {0: 10, 3: 5, 9: 2}


def test_a_straight_line_has_its_slope_and_no_margin() -> None:
    trend = fit_trend([0, 1, 2, 3, 4], [10, 12, 14, 16, 18])
    assert trend is not None
    assert (trend.slope, trend.mean) == pytest.approx((2, 14))
    assert trend.margin == pytest.approx(0)


def test_the_slope_lies_within_the_margin_as_often_as_promised() -> None:
    chance = random.Random(1)
    xs, hits = [float(x) for x in range(60)], 0
    for _ in range(200):
        trend = fit_trend(xs, [0.5 * x + chance.gauss(0, 4) for x in xs])
        assert trend is not None
        hits += abs(trend.slope - 0.5) <= trend.margin
    assert hits >= 180


def test_neighbours_that_resemble_each_other_count_for_less() -> None:
    assert effective_count([1, -1, 1, -1]) == 4
    assert effective_count([1, 1, 1, 1, -1, -1, -1, -1]) < 3


def test_too_few_points_have_no_trend() -> None:
    assert fit_trend([0, 1, 2], [1, 2, 3]) is None
    assert fit_trend([1, 1, 1, 1], [1, 2, 3, 4]) is None
