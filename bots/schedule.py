"""When a bot is due: at its anchor and at every interval after it, for ever. Pure, in whole microseconds (since 1970).

The anchor is set when the bot is started and nothing moves it, so that whoever asks finds the same moments: the
dispatcher window by window, a reader for the next one. A window (since, until] leaves out its beginning and has its end;
windows that follow each other have every moment once, wherever they are cut.
"""

SECOND = 1_000_000


def interval_of(seconds: int, closing: bool) -> int:
    """Whoever wants all to be sold does not wait for a bot that looks once a day, nor a day after a sale that failed."""
    return SECOND if closing else seconds * SECOND


def count_due(anchor: int, interval: int, since: int, until: int) -> int:
    """How many moments a window has, without naming them: after an outage it may be days long."""
    since = max(since, anchor - 1)
    if until <= since:
        return 0
    return (until - anchor) // interval - (since - anchor) // interval


def last_due(anchor: int, interval: int, now: int) -> int:
    """The newest moment that has come, `now` included; what is before the anchor is none."""
    return now - (now - anchor) % interval


def next_due(anchor: int, interval: int, now: int) -> int:
    """The first moment after `now`."""
    return max(anchor, last_due(anchor, interval, now) + interval)
