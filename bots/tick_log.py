"""What was seen at each of the last ticks: one log per venue in Redis, for all bots together, of five minutes.

A look that nothing comes of is not stored bot by bot. It follows from the bot's configuration, its position and what is
kept here, so that it can be worked out when its owner asks. A dispatcher that looks after all bots writes the window of time
that it looked at; a worker that looked at single bots writes which, and when. Else the log holds public prices and the means
of candles.

An entry has only what changed since its writer's last one, which it names, and everything at every fortieth. An entry
that builds on one which is missing is left out by the reader, and not made up. Times without an entry are times of which
nobody claims to have looked.

The log is cut into a list for each minute, to which every writer appends and which Redis forgets as a whole, so that it
reaches back as far for one writer as for twenty, and a reader asks only for what was appended since.
"""

import json
import logging
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar, cast

from redis.exceptions import RedisError

from bots.ticks import NOTHING, Average, Looks, Need, OneLook, Tick
from exchanges.domain import Venue
from saas.clock import EPOCH, from_microseconds, to_microseconds
from saas.redis import get_redis, key

logger = logging.getLogger(__name__)

KEPT = timedelta(minutes=5)
PART = timedelta(minutes=1)
WHOLE_EVERY = 40
FORGET_AFTER = KEPT + 2 * PART

Name = TypeVar("Name")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Written:
    """The last entry of this process, by the name it has there, and how many there were since one that was whole."""

    name: str
    tick: Tick
    since_whole: int


class _Place(NamedTuple):
    """How far a part was read: so many entries, the last of them."""

    entries: int
    last: bytes


BEGINNING = _Place(0, b"")


@dataclass(frozen=True, slots=True)
class _Read:
    """How far each part was read, and the ticks that were put together of it, by the entry's name."""

    places: Mapping[int, _Place] = field(default_factory=dict)
    ticks: Mapping[str, Tick] = field(default_factory=dict)
    newest_first: Sequence[Tick] = field(default_factory=list)


NOTHING_READ = _Read()

_written: dict[Venue, _Written] = {}
_read: dict[Venue, _Read] = {}
_reading = threading.Lock()
_writing = threading.Lock()


def record(venue: Venue, tick: Tick) -> None:
    """Append one tick. While Redis is away it is not kept, which a reader notices.

    The next one is compared with it: its mappings must not change any more.
    """
    with _writing:
        _record(venue, tick)


def _record(venue: Venue, tick: Tick) -> None:
    last = _written.pop(venue, None)
    if last is not None and not _can_build_on(last, tick):
        last = None
    name = secrets.token_urlsafe(6)
    try:
        length = _push(_name(venue, _part_of(tick.at)), _pack(name, tick, last))
    except RedisError as error:
        logger.info("tick not kept: %s", type(error).__name__)
        return
    # The first of a part builds on what Redis may have lost, so the second does not.
    if last is None or length > 1:
        _written[venue] = _Written(name, tick, last.since_whole + 1 if last else 0)


def read(venue: Venue, now: datetime) -> Sequence[Tick]:
    """The ticks of the last minutes, the newest first. Raises RedisError.

    The process keeps what it put together, and the next reader asks only for what came since.
    """
    with _reading:
        known = _read.get(venue, NOTHING_READ)
        parts = range(_part_of(now - KEPT), _part_of(now) + 2)
        fresh = _fetch(venue, {part: known.places.get(part, BEGINNING) for part in parts})
        _read[venue] = found = _read_on(known, fresh, now - KEPT)
        return found.newest_first


def forget() -> None:
    """Drop what this process remembers of the log, for a test that begins with an empty one."""
    _written.clear()
    _read.clear()


def _can_build_on(last: _Written, tick: Tick) -> bool:
    """What is gone cannot be told by what changed."""
    return (
        last.since_whole + 1 < WHOLE_EVERY
        and tick.at - last.tick.at < PART
        and _has_all(tick.prices, last.tick.prices)
        and _has_all(tick.averages, last.tick.averages)
    )


def _has_all(now: Mapping[Name, Value], before: Mapping[Name, Value]) -> bool:
    return now is before or before.keys() <= now.keys()


def _push(name: str, entry: bytes) -> int:
    with get_redis().pipeline(transaction=False) as pipe:
        pipe.rpush(name, entry)
        pipe.expire(name, FORGET_AFTER)
        return int(pipe.execute()[0])


def _fetch(venue: Venue, places: Mapping[int, _Place]) -> dict[int, tuple[_Place, list[bytes]]]:
    """What each part has beyond a place, and the place after that."""
    found = {}
    with get_redis().pipeline(transaction=False) as pipe:
        for part, place in places.items():
            pipe.lrange(_name(venue, part), max(place.entries - 1, 0), -1)
        answers: list[list[bytes]] = pipe.execute()
    for (part, place), entries in zip(places.items(), answers, strict=True):
        if place is not BEGINNING and entries[:1] != [place.last]:
            # Redis has lost what it had.
            place, entries = BEGINNING, cast("list[bytes]", get_redis().lrange(_name(venue, part), 0, -1))
        fresh = entries[1:] if place.entries else entries
        found[part] = (_Place(place.entries + len(fresh), fresh[-1]) if fresh else place, fresh)
    return found


def _read_on(known: _Read, found: Mapping[int, tuple[_Place, list[bytes]]], oldest: datetime) -> _Read:
    places = {part: place for part, (place, _) in found.items()}
    if not any(fresh for _, fresh in found.values()):
        return replace(known, places=places)
    ticks = {name: tick for name, tick in known.ticks.items() if tick.at >= oldest}
    for part in sorted(found):
        _put_together(ticks, found[part][1])
    return _Read(places, ticks, sorted(ticks.values(), key=lambda tick: tick.at, reverse=True))


def _put_together(ticks: dict[str, Tick], entries: Iterable[bytes]) -> None:
    """Add what the entries say, in their order."""
    for entry in entries:
        name, base, *content = json.loads(entry)
        before = NOTHING if base is None else ticks.get(base)
        if before is not None:
            ticks[name] = _unpack(before, *content)


def _pack(name: str, tick: Tick, last: _Written | None) -> bytes:
    before = last.tick if last else NOTHING
    prices, averages = _changed(tick.prices, before.prices), _changed(tick.averages, before.averages)
    content = [
        name,
        last and last.name,
        [to_microseconds(tick.since), to_microseconds(tick.at), to_microseconds(tick.known_until)],
        tick.taken_at and to_microseconds(tick.taken_at),
        {symbol: str(price) for symbol, price in prices.items()},
        [[*need, mean if mean is None else str(mean), candles] for need, (mean, candles) in averages.items()],
        None if tick.looks is None else _pack_looks(tick.looks, to_microseconds(tick.since)),
    ]
    return json.dumps(content, separators=(",", ":")).encode()


def _changed(now: Mapping[Name, Value], before: Mapping[Name, Value]) -> dict[Name, Value]:
    if now is before:
        return {}
    return {name: value for name, value in now.items() if before.get(name) != value}


def _pack_looks(looks: Looks, since: int) -> list[list[int]]:
    """Moments as they lie after `since`, which makes them short."""
    due_at, at = ([moment - since for moment in moments] for moments in (looks.due_at, looks.at))
    return [looks.bot_ids.tolist(), due_at, at]


def _unpack(before: Tick, times: Any, taken_at: Any, prices: Any, averages: Any, looks: Any) -> Tick:
    since, at, known_until = times
    return Tick(
        since=from_microseconds(since),
        at=from_microseconds(at),
        known_until=from_microseconds(known_until),
        taken_at=None if taken_at is None else from_microseconds(taken_at),
        prices=_merged(before.prices, {symbol: Decimal(price) for symbol, price in prices.items()}),
        averages=_merged(before.averages, dict(_unpack_average(*row) for row in averages)),
        looks=None if looks is None else _unpack_looks(looks, since),
    )


def _unpack_looks(looks: list[list[int]], since: int) -> Looks:
    bot_ids, due_at, at = looks
    return Looks.of(
        OneLook(bot_id, since + due, since + taken)
        for bot_id, due, taken in zip(bot_ids, due_at, at, strict=True)
    )


def _merged(before: Mapping[Name, Value], changed: Mapping[Name, Value]) -> Mapping[Name, Value]:
    """Ticks that differ in nothing share one mapping: averages change when a candle closes, not at every tick."""
    return {**before, **changed} if changed else before


def _unpack_average(
    symbol: str, timeframe: str, window: int, mean: str | None, candles: int
) -> tuple[Need, Average]:
    return Need(symbol, timeframe, window), Average(None if mean is None else Decimal(mean), candles)


def _part_of(moment: datetime) -> int:
    return (moment - EPOCH) // PART


def _name(venue: Venue, part: int) -> str:
    return key(f"ticks:{venue}:{part}")
