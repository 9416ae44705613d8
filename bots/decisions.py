"""The last decisions of each bot: "why didn't it buy?" for every tick, in a capped list in Redis."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from redis.exceptions import RedisError

from bots.strategies.base import Action, Signal
from saas.exact_decimal import plain
from saas.redis import get_redis, key

logger = logging.getLogger(__name__)

KEPT = 1_000
FORGET_AFTER_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Decision:
    """What one tick decided for one symbol. Amounts are exact strings; `code` and `details` name a text in `wording`.

    `due` is the moment that the run belongs to, where that is known; `at` is when it looked at the symbol.
    """

    at: str
    symbol: str
    action: str
    code: str
    price: str | None = None
    average: str | None = None
    deviation_percent: str | None = None
    details: dict[str, str] = field(default_factory=dict)
    due: str | None = None


def decision_of(signal: Signal, symbol: str, at: datetime) -> Decision:
    return Decision(
        at=spell(at),
        symbol=symbol,
        action=signal.action.value,
        code=signal.code,
        price=plain(signal.price),
        average=_optional(signal.average),
        deviation_percent=_optional(signal.deviation_percent),
        details=dict(signal.details),
    )


def no_price(symbol: str, at: datetime) -> Decision:
    return Decision(at=spell(at), symbol=symbol, action=Action.WAIT.value, code="no_price")


def spell(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def time_of(decision: Decision) -> datetime:
    return datetime.fromisoformat(decision.at)


def keep_decisions(bot_id: int, decisions: Sequence[Decision], due_at: datetime | None = None) -> None:
    """Put one run's decisions in front, forgetting the oldest. While Redis is away they are not kept."""
    if not decisions:
        return
    due = spell(due_at) if due_at else None
    packed = [json.dumps(_pack(replace(decision, due=due)), separators=(",", ":")) for decision in decisions]
    try:
        with get_redis().pipeline(transaction=False) as pipe:
            pipe.lpush(_name(bot_id), *reversed(packed))
            pipe.ltrim(_name(bot_id), 0, KEPT - 1)
            pipe.expire(_name(bot_id), FORGET_AFTER_SECONDS)
            pipe.execute()
    except RedisError as error:
        logger.info("decisions not kept: %s", type(error).__name__)


def read_decisions(bot_id: int, limit: int, symbol: str | None = None) -> list[Decision]:
    """The newest decisions first, of one symbol or of all."""
    rows = get_redis().lrange(_name(bot_id), 0, KEPT - 1 if symbol else limit - 1)
    found = (Decision(*json.loads(row)) for row in rows)
    return [decision for decision in found if symbol in (None, decision.symbol)][:limit]


def _name(bot_id: int) -> str:
    return key(f"decisions:{bot_id}")


def _optional(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _pack(decision: Decision) -> list[object]:
    return [
        decision.at,
        decision.symbol,
        decision.action,
        decision.code,
        decision.price,
        decision.average,
        decision.deviation_percent,
        decision.details,
        decision.due,
    ]
