"""A bot's moments: none twice, none forgotten, wherever time is cut into windows."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.schedule import count_due, due_moments, last_due, next_due

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

intervals = st.integers(1, 900).map(lambda seconds: SECOND * seconds)
offsets = st.integers(-600_000_000, 600_000_000).map(lambda parts: timedelta(microseconds=parts))
moments = offsets.map(lambda offset: AT + offset)


def named_one_by_one(
    anchor: datetime, interval: timedelta, since: datetime, until: datetime
) -> list[datetime]:
    found, moment = [], anchor
    while moment <= until:
        if moment > since:
            found.append(moment)
        moment += interval
    return found


@given(moments, intervals, st.lists(moments, min_size=2, max_size=8).map(sorted))
def test_windows_that_follow_each_other_have_every_moment_once(
    anchor: datetime, interval: timedelta, cuts: list[datetime]
) -> None:
    parts = [due_moments(anchor, interval, since, until) for since, until in pairwise(cuts)]
    whole = named_one_by_one(anchor, interval, cuts[0], cuts[-1])
    assert [moment for part in parts for moment in part] == whole
    counts = [count_due(anchor, interval, since, until) for since, until in pairwise(cuts)]
    assert counts == [len(part) for part in parts]


@given(moments, intervals, moments)
def test_the_last_and_the_next_moment_enclose_now(
    anchor: datetime, interval: timedelta, now: datetime
) -> None:
    last, following = last_due(anchor, interval, now), next_due(anchor, interval, now)
    assert following > now
    if last is None:
        assert now < anchor == following
    else:
        assert last <= now
        assert following - last == interval


def test_a_bot_is_due_at_the_moment_it_was_started() -> None:
    assert due_moments(AT, SECOND, AT - SECOND, AT) == [AT]
    assert due_moments(AT, SECOND, AT, AT + SECOND) == [AT + SECOND]
    assert (last_due(AT, SECOND, AT), next_due(AT, SECOND, AT)) == (AT, AT + SECOND)


def test_before_its_start_it_is_not_due() -> None:
    before = AT - timedelta(microseconds=1)
    assert (last_due(AT, SECOND, before), next_due(AT, SECOND, before)) == (None, AT)
    assert due_moments(AT, SECOND, AT - timedelta(days=1), before) == []


@pytest.mark.parametrize("window", [timedelta(0), -SECOND])
def test_a_window_that_ends_where_it_begins_or_earlier_has_nothing(window: timedelta) -> None:
    assert due_moments(AT, SECOND, AT + SECOND, AT + SECOND + window) == []
    assert count_due(AT, SECOND, AT + SECOND, AT + SECOND + window) == 0


def test_the_moments_of_a_year_are_counted_without_being_named() -> None:
    assert count_due(AT, SECOND, AT, AT + timedelta(days=365)) == 365 * 86_400
