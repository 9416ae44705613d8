"""The one place that asks what time it is; everything below takes `now`, or a clock, from its caller."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def utc_now() -> datetime:
    return datetime.now(UTC)


def to_microseconds(moment: datetime) -> int:
    """Since 1970, exact."""
    return (moment - EPOCH) // MICROSECOND


def from_microseconds(number: int) -> datetime:
    return EPOCH + MICROSECOND * number
