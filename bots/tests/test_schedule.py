"""A bot's moments: none twice, none forgotten, wherever time is cut into windows."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.schedule import SECOND, count_due, last_due, next_due
from saas.clock import to_microseconds
from trades.tests.fake_exchange import AT as NOON

AT = to_microseconds(NOON)

intervals = st.integers(1, 900).map(lambda seconds: SECOND * seconds)
moments = st.integers(-600_000_000, 600_000_000).map(lambda offset: AT + offset)


def named_one_by_one(anchor: int, interval: int, since: int, until: int) -> list[int]:
    return [moment for moment in range(anchor, until + 1, interval) if moment > since]


@given(moments, intervals, st.lists(moments, min_size=2, max_size=8).map(sorted))
def test_windows_that_follow_each_other_have_every_moment_once(
    anchor: int, interval: int, cuts: list[int]
) -> None:
    counts = [count_due(anchor, interval, since, until) for since, until in pairwise(cuts)]
    assert counts == [len(named_one_by_one(anchor, interval, *window)) for window in pairwise(cuts)]
    assert sum(counts) == len(named_one_by_one(anchor, interval, cuts[0], cuts[-1]))


@given(moments, intervals, moments)
def test_the_last_and_the_next_moment_enclose_now(anchor: int, interval: int, now: int) -> None:
    last, following = last_due(anchor, interval, now), next_due(anchor, interval, now)
    named = named_one_by_one(anchor, interval, anchor - 1, now)
    if named:
        assert (last, following) == (named[-1], named[-1] + interval)
    else:
        assert last < anchor
        assert following == anchor


def test_a_bot_is_due_at_the_moment_it_was_started() -> None:
    assert count_due(AT, SECOND, AT - SECOND, AT) == 1
    assert count_due(AT, SECOND, AT, AT + SECOND - 1) == 0
    assert (last_due(AT, SECOND, AT), next_due(AT, SECOND, AT)) == (AT, AT + SECOND)


def test_before_its_start_it_is_not_due() -> None:
    assert count_due(AT, SECOND, AT - 86_400 * SECOND, AT - 1) == 0
    assert next_due(AT, SECOND, AT - 1) == AT


@pytest.mark.parametrize("window", [0, -SECOND])
def test_a_window_that_ends_where_it_begins_or_earlier_has_nothing(window: int) -> None:
    assert count_due(AT, SECOND, AT + SECOND, AT + SECOND + window) == 0


def test_the_moments_of_a_year_are_counted_without_being_named() -> None:
    assert count_due(AT, SECOND, AT, AT + 365 * 86_400 * SECOND) == 365 * 86_400
