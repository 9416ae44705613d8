"""At which ticks of the log the dispatcher looked at a bot, whether or not a run came of it.

A look is claimed where the log has the tick for a moment at which the bot was due, and where whoever looked knew the bot as
it is now. What was missed, and what was looked at with other settings, is not claimed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from redis.exceptions import RedisError

from bots import tick_log
from bots.models import BotConfiguration, BotStatus
from bots.schedule import SECOND, last_due, next_due
from bots.tick_log import Tick
from exchanges.domain import Venue
from saas.clock import from_microseconds, to_microseconds

# A change is marked with its time a little before others can see it.
COMMITTED_WITHIN = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Look:
    """The tick that came for the moment `due_at` of a bot."""

    due_at: datetime
    tick: Tick


def looks_of(bot: BotConfiguration, ticks: Sequence[Tick]) -> Iterator[Look]:
    """The newest first, as are the ticks. Where several moments fell into one tick, the last of them was looked at."""
    if not _is_looked_at(bot):
        return
    due_at = last_moment(bot, ticks[0].at) if ticks else None
    for tick in _that_knew(bot, ticks):
        if due_at is not None and due_at > tick.at:
            due_at = last_moment(bot, tick.at)
        if due_at is None:
            return
        if due_at > tick.since:
            yield Look(due_at, tick)
            due_at = last_moment(bot, tick.since)


def read_looks(bot: BotConfiguration) -> list[Look]:
    """The newest first, as far back as the log goes. Raises RedisError."""
    return list(looks_of(bot, tick_log.read(bot.exchange_key.venue))) if _is_looked_at(bot) else []


def last_looks(bots: Sequence[BotConfiguration]) -> Mapping[int, datetime]:
    """By bot id, when it was last looked at or run; without Redis, when it last ran. What never was, is left out."""
    logs: dict[Venue, Sequence[Tick]] = {}
    found = {bot.pk: bot.last_run_at for bot in bots if bot.last_run_at}
    for bot in filter(_is_looked_at, bots):
        venue = bot.exchange_key.venue
        if venue not in logs:
            logs[venue] = _read_log(venue)
        look = next(looks_of(bot, logs[venue]), None)
        if look is not None:
            found[bot.pk] = max(look.tick.at, found.get(bot.pk, look.tick.at))
    return found


def next_look(bot: BotConfiguration, now: datetime) -> datetime | None:
    """The first moment after `now` at which it is due; None while it does not run."""
    if bot.next_run_at is None or bot.status != BotStatus.ACTIVE:
        return None
    anchor, interval = to_microseconds(bot.next_run_at), bot.interval_seconds * SECOND
    return from_microseconds(next_due(anchor, interval, to_microseconds(now)))


def last_moment(bot: BotConfiguration, now: datetime) -> datetime | None:
    """The newest moment at which it was due, `now` included; None before the first."""
    if bot.next_run_at is None:
        return None
    anchor, interval = to_microseconds(bot.next_run_at), bot.interval_seconds * SECOND
    due_at = last_due(anchor, interval, to_microseconds(now))
    return None if due_at < anchor else from_microseconds(due_at)


def _is_looked_at(bot: BotConfiguration) -> bool:
    """Whether its moments are looked at without a run of their own."""
    return settings.BOT_DISPATCH == "wake" and bot.status == BotStatus.ACTIVE and bot.deleted_at is None


def _that_knew(bot: BotConfiguration, ticks: Sequence[Tick]) -> Iterator[Tick]:
    known_from = bot.updated_at + COMMITTED_WITHIN
    return (tick for tick in ticks if tick.known_until >= known_from)


def _read_log(venue: Venue) -> Sequence[Tick]:
    try:
        return tick_log.read(venue)
    except RedisError:
        return []
