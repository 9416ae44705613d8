"""Whose account is looked at next, and what the last look saw. In Redis: losing it costs an early look and nothing else."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from redis.exceptions import RedisError

from exchanges.domain import Venue
from saas.redis import get_redis, key
from trades.coverage_rules import Claim

# One look is one request of weight 20 at Binance, which allows 6,000 a minute: 8 in 5 s are 1,920.
KEYS_PER_CYCLE = 8
LOOK_EVERY = timedelta(seconds=15)
SECOND_LOOK_AFTER = timedelta(seconds=3)
# An answer that names no asset at all is more likely half an answer than an empty account.
NOTHING_BELIEVED_AFTER = timedelta(minutes=2)
FORGET_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A shortage seen once: since when, how much, and by whom the coins were held then."""

    at: datetime
    missing: Decimal
    claims: str


def claim_turns(keys: Iterable[tuple[int, Venue]], now: datetime) -> list[int]:
    """Of these keys the ones to look at now, longest waiting first, a few per venue; none is due again for a while."""
    listed = list(keys)
    turns = _turns([key_id for key_id, _ in listed])
    chosen: dict[Venue, list[int]] = {}
    for key_id, venue in sorted(listed, key=lambda item: turns[item[0]]):
        if turns[key_id] <= now.timestamp():
            chosen.setdefault(venue, []).append(key_id)
    due = [key_id for waiting in chosen.values() for key_id in waiting[:KEYS_PER_CYCLE]]
    for key_id in due:
        look_again(key_id, now + LOOK_EVERY)
    get_redis().zremrangebyscore(_turns_name(), 0, (now - FORGET_AFTER).timestamp())
    return due


def look_again(key_id: int, at: datetime) -> None:
    get_redis().zadd(_turns_name(), {str(key_id): at.timestamp()})


def look_soon(key_id: int, now: datetime) -> None:
    """Somebody found coins missing: this key's turn is the next cycle's, ahead of those whose turn came just now.

    Without Redis the key's turn comes when it comes; a sale must not fail over it.
    """
    with suppress(RedisError):
        look_again(key_id, now - LOOK_EVERY)


def recall(key_id: int) -> dict[str, Sighting]:
    """What was seen once, by asset."""
    stored = get_redis().get(_seen_name(key_id))
    rows = json.loads(stored) if stored else {}
    return {
        asset: Sighting(datetime.fromisoformat(at), Decimal(missing), claims)
        for asset, (at, missing, claims) in rows.items()
    }


def remember(key_id: int, sightings: dict[str, Sighting]) -> None:
    rows = {asset: (s.at.isoformat(), str(s.missing), s.claims) for asset, s in sightings.items()}
    if rows:
        get_redis().set(_seen_name(key_id), json.dumps(rows), ex=FORGET_AFTER)
    else:
        get_redis().delete(_seen_name(key_id))


def spell(claims: Iterable[Claim]) -> str:
    """The claims as text that is equal only for equal claims."""
    return " ".join(f"{claim.trade_id}:{claim.quantity:f}" for claim in claims)


def _turns(key_ids: list[int]) -> dict[int, float]:
    """When each key's turn comes, as Unix time; 0 for one that was not looked at lately."""
    if not key_ids:
        return {}
    scores = get_redis().zmscore(_turns_name(), [str(key_id) for key_id in key_ids])
    return {key_id: score or 0.0 for key_id, score in zip(key_ids, scores, strict=True)}


def _turns_name() -> str:
    return key("coverage:turns")


def _seen_name(key_id: int) -> str:
    return key(f"coverage:seen:{key_id}")
