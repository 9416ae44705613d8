"""A pause after an order could not be placed, so that a full account or a refusing exchange is not asked every second.

It lives in Redis. While that is away there is no pause: the worst is that what was refused is refused once more.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from redis.exceptions import RedisError

from exchanges.errors import BudgetSpent, ExchangeError, RateLimited
from saas.redis import get_redis, key
from trades.domain import Leg

FIRST_SECONDS = 10
LONGEST_SECONDS = 900
FORGET_COUNT_AFTER_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Cooldown:
    """Why nothing is tried; `code` and `details` name a text in `wording`."""

    code: str
    details: dict[str, str]


# By the code of a budget that is spent.
BUDGETS = {"spent": "budget_spent", "share": "budget_share", "paused": "account_paused"}


def away_because(error: ExchangeError) -> Cooldown:
    """Why the exchange was not asked, or what it said."""
    if isinstance(error, BudgetSpent):
        return Cooldown(BUDGETS[error.code], {"seconds": f"{max(1, error.retry_after):.0f}"})
    if isinstance(error, RateLimited):
        return Cooldown("exchange_held", {"seconds": f"{max(1, error.retry_after):.0f}"})
    return Cooldown("exchange_unavailable", {"reason": str(error)})


def begin(
    bot_id: int, symbol: str, leg: str, cooldown: Cooldown, longest_seconds: int = LONGEST_SECONDS
) -> None:
    """Try nothing on this leg for a while; twice as long each time in a row, up to a longest."""
    redis = get_redis()
    with suppress(RedisError):
        count = int(redis.incr(_count_name(bot_id, symbol, leg)))
        redis.expire(_count_name(bot_id, symbol, leg), FORGET_COUNT_AFTER_SECONDS)
        seconds = min(FIRST_SECONDS * 2 ** (min(count, 12) - 1), longest_seconds)
        redis.set(_name(bot_id, symbol, leg), json.dumps([cooldown.code, cooldown.details]), ex=seconds)


def find(bot_id: int, symbol: str, leg: str) -> Cooldown | None:
    try:
        stored = get_redis().get(_name(bot_id, symbol, leg))
    except RedisError:
        return None
    return None if stored is None else Cooldown(*json.loads(stored))


def find_standing(legs: Sequence[tuple[int, str, str]]) -> set[tuple[int, str, str]]:
    """Of these (bot id, symbol, leg) the ones that pause now; one question for all."""
    if not legs:
        return set()
    try:
        stored = cast("list[bytes | None]", get_redis().mget([_name(*leg) for leg in legs]))
    except RedisError:
        return set()
    return {leg for leg, pause in zip(legs, stored, strict=True) if pause is not None}


def end(bot_id: int, symbol: str, leg: str) -> None:
    """An order went through: the next refusal starts small again."""
    with suppress(RedisError):
        get_redis().delete(_name(bot_id, symbol, leg), _count_name(bot_id, symbol, leg))


def end_all(bot_id: int, symbols: Iterable[str]) -> None:
    """Its owner has started or changed it, and so what it waited for may be over."""
    legs = [(bot_id, symbol, leg.value) for symbol in symbols for leg in Leg]
    with suppress(RedisError):
        get_redis().delete(*(name for leg in legs for name in (_name(*leg), _count_name(*leg))))


def _name(bot_id: int, symbol: str, leg: str) -> str:
    return key(f"cooldown:{bot_id}:{symbol}:{leg}")


def _count_name(bot_id: int, symbol: str, leg: str) -> str:
    return key(f"cooldown-count:{bot_id}:{symbol}:{leg}")
