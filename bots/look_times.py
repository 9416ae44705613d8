"""At which ticks of the log a bot was looked at, whether or not a run came of it.

Of a dispatcher's tick, which is for all bots, a look is claimed for the moment at which the bot was due in its window; of a
worker's tick, which names the bots it was for, the looks that it names. Either is claimed only where whoever looked knew the
bot as it is now. What was missed, came too late or was looked at with other settings, is not claimed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.exceptions import RedisError

from bots import tick_log
from bots.models import BotConfiguration, BotStatus
from bots.schedule import interval_of, last_due, next_due
from bots.ticks import Tick
from exchanges.domain import Venue
from saas.clock import from_microseconds, to_microseconds

# A change is marked with its time a little before others can see it.
COMMITTED_WITHIN = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a bot for its moment `due_at`, taken `at` that time, and what was seen."""

    due_at: datetime
    at: datetime
    tick: Tick


def looks_of(bot: BotConfiguration, ticks: Sequence[Tick]) -> Iterator[Look]:
    """The newest first, as are the ticks. Where several moments fell into one tick, the last of them was looked at."""
    if not _is_looked_at(bot):
        return
    # A look is as old as its tick or older: what is found waits until no tick to come can have a newer one.
    waiting: list[Look] = []
    for tick, found in _looks_by_tick(bot, ticks):
        ready = [look for look in waiting if look.at >= tick.at]
        yield from ready
        waiting = sorted([*waiting[len(ready) :], *found], key=_taken_at, reverse=True)
    yield from waiting


def read_looks(bot: BotConfiguration, now: datetime) -> list[Look]:
    """The newest first, as far back as the log goes. Raises RedisError."""
    return list(looks_of(bot, tick_log.read(bot.exchange_key.venue, now))) if _is_looked_at(bot) else []


def last_looks(bots: Sequence[BotConfiguration], now: datetime) -> Mapping[int, datetime]:
    """By bot id, when it was last looked at or run; without Redis, when it last ran. What never was, is left out."""
    logs: dict[Venue, Sequence[Tick]] = {}
    found = {bot.pk: bot.last_run_at for bot in bots if bot.last_run_at}
    for bot in filter(_is_looked_at, bots):
        venue = bot.exchange_key.venue
        if venue not in logs:
            logs[venue] = _read_log(venue, now)
        look = next(looks_of(bot, logs[venue]), None)
        if look is not None:
            found[bot.pk] = max(look.at, found.get(bot.pk, look.at))
    return found


def next_look(bot: BotConfiguration, now: datetime) -> datetime | None:
    """The first moment after `now` at which it is due; None while it does not run."""
    if bot.next_run_at is None or bot.status != BotStatus.ACTIVE:
        return None
    anchor, interval = to_microseconds(bot.next_run_at), interval_of(bot.interval_seconds, bot.closing)
    return from_microseconds(next_due(anchor, interval, to_microseconds(now)))


def last_moment(bot: BotConfiguration, now: datetime) -> datetime | None:
    """The newest moment at which it was due, `now` included; None before the first."""
    if bot.next_run_at is None:
        return None
    anchor, interval = to_microseconds(bot.next_run_at), interval_of(bot.interval_seconds, bot.closing)
    due_at = last_due(anchor, interval, to_microseconds(now))
    return None if due_at < anchor else from_microseconds(due_at)


def _is_looked_at(bot: BotConfiguration) -> bool:
    return bot.status == BotStatus.ACTIVE and bot.deleted_at is None


def _looks_by_tick(bot: BotConfiguration, ticks: Sequence[Tick]) -> Iterator[tuple[Tick, list[Look]]]:
    due_at = last_moment(bot, ticks[0].at) if ticks else None
    for tick in _that_knew(bot, ticks):
        if tick.looks is not None:
            found = [Look(due, at, tick) for due, at in tick.looks.at_bot(bot.pk)]
            if found:
                yield tick, found
            continue
        if due_at is not None and due_at > tick.at:
            due_at = last_moment(bot, tick.at)
        if due_at is not None and due_at > tick.since:
            yield tick, [Look(due_at, tick.at, tick)]
            due_at = last_moment(bot, tick.since)


def _taken_at(look: Look) -> datetime:
    return look.at


def _that_knew(bot: BotConfiguration, ticks: Sequence[Tick]) -> Iterator[Tick]:
    known_from = bot.updated_at + COMMITTED_WITHIN
    return (tick for tick in ticks if tick.known_until >= known_from)


def _read_log(venue: Venue, now: datetime) -> Sequence[Tick]:
    try:
        return tick_log.read(venue, now)
    except RedisError:
        return []
