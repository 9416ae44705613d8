"""The one place that asks what time it is; everything below takes `now`, or a clock, from its caller."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
