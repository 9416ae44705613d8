"""The account in Redis: one call takes a weight, one that is rarely needed notes what others used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from redis import Redis

from exchanges.domain import RateLimit, Venue
from exchanges.rate_budget import names
from exchanges.rate_budget.purposes import CEILINGS, LOOKS, LOOKS_SCARCE_FROM, SCARCE_FROM, Purpose, group_of
from saas.redis import get_redis

GRANTED, HELD, PAUSED, SPENT, SHARE = "granted", "held", "paused", "spent", "share"
LIMIT_KEPT_SECONDS = 86_400

# What each venue's limit was when this process last asked: a Redis that has lost it is told again with the next request.
_known_limits: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request before it is sent. `user` is empty where it is nobody's."""

    venue: Venue
    limit: RateLimit
    weight: int
    purpose: Purpose
    user: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, and the account as it was then: weight used, of how much; ours and others' in the window."""

    kind: str
    wait_seconds: float
    used: int
    limit: int
    own: int
    others: int
    window: int


def take(wanted: Wanted, now_ms: int = 0) -> Outcome:
    """Take the weight of one request, or learn why not. Raises RedisError. `now_ms` 0 is the time of Redis itself."""
    venue, purpose, place = wanted.venue, wanted.purpose, names.place(wanted.venue)
    keys = [
        names.hold_name(venue),
        names.pause_name(venue, wanted.user, wanted.endpoint),
        names.account_name(place),
        names.limit_name(place),
        names.tallies_name(),
        names.users_prefix(venue),
    ]
    arguments = [
        wanted.weight,
        CEILINGS[purpose],
        wanted.user,
        group_of(purpose),
        _known_limits.get(place, wanted.limit.weight),
        wanted.limit.milliseconds,
        LOOKS_SCARCE_FROM if purpose in LOOKS else SCARCE_FROM,
        wanted.limit.order_weight,
        f"{place}|{purpose.value}",
        now_ms,
    ]
    redis = get_redis()
    kind, wait, *figures = _script(redis, "take")(keys, arguments)
    outcome = Outcome(kind.decode(), int(wait) / 1_000, *(int(figure) for figure in figures))
    if outcome.limit != wanted.limit.weight:
        _known_limits[place] = outcome.limit
    return outcome


def correct(venue: Venue, limit: RateLimit, told: int, at: datetime | None, now_ms: int = 0) -> None:
    """The exchange says that it has counted `told` in its window at `at`. Raises RedisError."""
    moment = 0 if at is None else int(at.timestamp() * 1_000)
    arguments = [told, limit.milliseconds, moment, now_ms]
    _script(get_redis(), "correct")([names.account_name(names.place(venue))], arguments)


def learn_limit(venue: Venue, weight: int) -> None:
    """What the exchange itself says that it allows. Raises RedisError."""
    get_redis().set(names.limit_name(str(venue)), weight, ex=LIMIT_KEPT_SECONDS)


def pause(venue: Venue, user: str, endpoint: str, seconds: float) -> None:
    """This account may not ask this endpoint for so long. Raises RedisError."""
    get_redis().set(names.pause_name(venue, user, endpoint), b"1", px=max(1, int(seconds * 1_000)))


def time_of(headers: Mapping[str, str]) -> datetime | None:
    """When the answer was given by the exchange's own clock, to the second; None where it does not say."""
    try:
        return parsedate_to_datetime(headers["Date"])
    except (KeyError, ValueError):
        return None


def forget() -> None:
    _known_limits.clear()


@lru_cache(maxsize=2)
def _script(redis: Redis, name: str) -> Any:
    return redis.register_script((Path(__file__).parent / f"{name}.lua").read_text())
