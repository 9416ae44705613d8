"""When a bot is due: at its anchor and at every interval after it, for ever. Pure, and exact to the microsecond.

The anchor is set when the bot is started and nothing moves it, so that whoever asks finds the same moments: the
dispatcher window by window, a reader for the next one. A window (since, until] leaves out its beginning and has its end;
windows that follow each other have every moment once, wherever they are cut.
"""

from datetime import datetime, timedelta


def count_due(anchor: datetime, interval: timedelta, since: datetime, until: datetime) -> int:
    """How many moments a window has, without naming them: after an outage it may be days long."""
    return _count_until(anchor, interval, until) - _count_until(anchor, interval, min(since, until))


def due_moments(anchor: datetime, interval: timedelta, since: datetime, until: datetime) -> list[datetime]:
    """The moments of a window, oldest first."""
    passed = _count_until(anchor, interval, min(since, until))
    return [anchor + interval * number for number in range(passed, _count_until(anchor, interval, until))]


def last_due(anchor: datetime, interval: timedelta, now: datetime) -> datetime | None:
    """The newest moment that has come, `now` included; None before the anchor."""
    passed = _count_until(anchor, interval, now)
    return anchor + interval * (passed - 1) if passed else None


def next_due(anchor: datetime, interval: timedelta, now: datetime) -> datetime:
    """The first moment after `now`."""
    return anchor + interval * _count_until(anchor, interval, now)


def _count_until(anchor: datetime, interval: timedelta, moment: datetime) -> int:
    return (moment - anchor) // interval + 1 if moment >= anchor else 0
