"""What the dispatcher saw at each of its last ticks: one capped log per venue in Redis, for all bots together.

A look that nothing comes of is not stored bot by bot. It follows from the bot's configuration, its position and what is
kept here, so that it can be worked out when its owner asks. The log holds public prices and the means of candles; nothing
in it is anybody's, and reading it tells nothing of any user.

An entry has only what changed since its writer's last one, which it names, and everything at every fortieth. An entry
that builds on one which is missing is left out by the reader, and not made up. Times without an entry are times of which
nobody claims to have looked.
"""

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import takewhile
from typing import NamedTuple, TypeVar, cast

from redis.exceptions import RedisError

from exchanges.domain import Venue
from saas.clock import EPOCH, from_microseconds, to_microseconds
from saas.redis import get_redis, key

logger = logging.getLogger(__name__)

# Five minutes at four ticks a second.
KEPT = 1_200
WHOLE_EVERY = 40
FORGET_AFTER_SECONDS = 3_600
# How many are asked for until they reach what is known: a reader who was here a moment ago needs few.
STEPS = (8, 128, KEPT)

Name = TypeVar("Name")
Value = TypeVar("Value")


class Need(NamedTuple):
    """The candles that some strategy averages: the last `window` closed ones of a symbol's timeframe."""

    symbol: str
    timeframe: str
    window: int


class Average(NamedTuple):
    """The mean of a need's closes, None while there are too few; `candles` is how many are closed."""

    value: Decimal | None
    candles: int


@dataclass(frozen=True, slots=True)
class Tick:
    """One look at a venue, for all that was due in (since, at].

    Every change of a bot up to `known_until` was known to whoever looked. `taken_at` is when the snapshot's own tick began,
    None without a snapshot. A need that is missing was not looked at; one with too few candles is there.
    """

    since: datetime
    at: datetime
    known_until: datetime
    taken_at: datetime | None
    prices: Mapping[str, Decimal]
    averages: Mapping[Need, Average]


NOTHING = Tick(EPOCH, EPOCH, EPOCH, None, {}, {})


@dataclass(frozen=True, slots=True)
class _Written:
    """The last entry of this process, and how many there were since one that was whole."""

    tick: Tick
    since_whole: int


@dataclass(frozen=True, slots=True)
class _Read:
    """What was put together up to the entry `newest`; the newest tick first."""

    newest: bytes
    ticks: Sequence[Tick]


NOTHING_READ = _Read(b"", [])

_written: dict[Venue, _Written] = {}
_read: dict[Venue, _Read] = {}
_reading = threading.Lock()


def record(venue: Venue, tick: Tick) -> None:
    """Put one tick in front and forget the oldest. While Redis is away it is not kept, which a reader notices.

    The next one is compared with it: its mappings must not change any more.
    """
    last = _written.pop(venue, None)
    if last is not None and not _can_build_on(last, tick):
        last = None
    try:
        length = _push(_name(venue), _pack(tick, last.tick if last else None))
    except RedisError as error:
        logger.info("tick not kept: %s", type(error).__name__)
        return
    if last is None or length > 1:
        _written[venue] = _Written(tick, last.since_whole + 1 if last else 0)


def read(venue: Venue, limit: int = KEPT) -> Sequence[Tick]:
    """The newest ticks first. Raises RedisError.

    The process keeps what it put together, and the next reader asks only for what came since.
    """
    with _reading:
        known = _read.get(venue, NOTHING_READ)
        fresh, continues = _fetch_since(venue, known.newest)
        if not continues:
            known = NOTHING_READ
        if fresh:
            known = _Read(fresh[0], _put_together(known.ticks, fresh)[:KEPT])
        _read[venue] = known
        return known.ticks[:limit]


def forget() -> None:
    """Drop what this process remembers of the log, for a test that begins with an empty one."""
    _written.clear()
    _read.clear()


def _can_build_on(last: _Written, tick: Tick) -> bool:
    """What is gone cannot be told by what changed."""
    return (
        last.since_whole + 1 < WHOLE_EVERY
        and last.tick.prices.keys() <= tick.prices.keys()
        and last.tick.averages.keys() <= tick.averages.keys()
    )


def _push(name: str, entry: bytes) -> int:
    with get_redis().pipeline(transaction=False) as pipe:
        pipe.lpush(name, entry)
        pipe.ltrim(name, 0, KEPT - 1)
        pipe.expire(name, FORGET_AFTER_SECONDS)
        return int(pipe.execute()[0])


def _fetch_since(venue: Venue, newest: bytes) -> tuple[list[bytes], bool]:
    """The entries before `newest`, and True; or all there are, and False, if it is not among them."""
    entries: list[bytes] = []
    for count in STEPS if newest else (KEPT,):
        entries = cast("list[bytes]", get_redis().lrange(_name(venue), 0, count - 1))
        fresh = list(takewhile(lambda entry: entry != newest, entries))
        if len(fresh) < len(entries):
            return fresh, True
        if len(entries) < count:
            break
    return entries, False


def _put_together(ticks: Sequence[Tick], entries: Sequence[bytes]) -> list[Tick]:
    """The known ticks with those of newer entries; both newest first."""
    known = {tick.at: tick for tick in ticks}
    for entry in reversed(entries):
        tick = _unpack(entry, known)
        if tick is not None:
            known[tick.at] = tick
    return sorted(known.values(), key=lambda tick: tick.at, reverse=True)


def _pack(tick: Tick, before: Tick | None) -> bytes:
    prices = _changed(tick.prices, before.prices) if before else tick.prices
    averages = _changed(tick.averages, before.averages) if before else tick.averages
    content = [
        before and to_microseconds(before.at),
        [to_microseconds(tick.since), to_microseconds(tick.at), to_microseconds(tick.known_until)],
        tick.taken_at and to_microseconds(tick.taken_at),
        {symbol: str(price) for symbol, price in prices.items()},
        [[*need, mean if mean is None else str(mean), count] for need, (mean, count) in averages.items()],
    ]
    return json.dumps(content, separators=(",", ":")).encode()


def _changed(now: Mapping[Name, Value], before: Mapping[Name, Value]) -> dict[Name, Value]:
    return {name: value for name, value in now.items() if before.get(name) != value}


def _unpack(entry: bytes, known: Mapping[datetime, Tick]) -> Tick | None:
    """None if it builds on a tick that is not known."""
    base, (since, at, known_until), taken_at, prices, averages = json.loads(entry)
    before = NOTHING if base is None else known.get(from_microseconds(base))
    if before is None:
        return None
    return Tick(
        since=from_microseconds(since),
        at=from_microseconds(at),
        known_until=from_microseconds(known_until),
        taken_at=None if taken_at is None else from_microseconds(taken_at),
        prices=_merged(before.prices, {symbol: Decimal(price) for symbol, price in prices.items()}),
        averages=_merged(before.averages, dict(_unpack_average(*row) for row in averages)),
    )


def _merged(before: Mapping[Name, Value], changed: Mapping[Name, Value]) -> Mapping[Name, Value]:
    """Ticks that differ in nothing share one mapping: averages change when a candle closes, not at every tick."""
    return {**before, **changed} if changed else before


def _unpack_average(
    symbol: str, timeframe: str, window: int, mean: str | None, candles: int
) -> tuple[Need, Average]:
    return Need(symbol, timeframe, window), Average(None if mean is None else Decimal(mean), candles)


def _name(venue: Venue) -> str:
    return key(f"ticks:{venue}")
