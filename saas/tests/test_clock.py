"""Times as whole numbers, exact."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from saas.clock import EPOCH, from_microseconds, to_microseconds

moments = st.timedeltas(timedelta(days=-20_000), timedelta(days=90_000)).map(lambda since: EPOCH + since)


@given(moments)
def test_a_moment_comes_back_from_its_number(moment: datetime) -> None:
    assert from_microseconds(to_microseconds(moment)) == moment


def test_they_count_from_1970() -> None:
    assert to_microseconds(EPOCH) == 0
    assert to_microseconds(datetime(2026, 11, 20, 12, 0, 0, 1, tzinfo=UTC)) == 1_795_176_000_000_001
