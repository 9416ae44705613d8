"""Writing down what matters in a bot's life, for its owner to read."""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from bots.models import BotConfiguration, BotEvent, EventLevel
from saas.clock import utc_now
from saas.prepared import insert
from trades.models import Order, Trade
from trades.signals import ledger_event

logger = logging.getLogger(__name__)

REPEAT_AFTER = timedelta(minutes=10)
LEVELS = {
    "order_filled": EventLevel.INFO,
    "order_resolved": EventLevel.INFO,
    "order_ended_early": EventLevel.WARNING,
    "trade_closed": EventLevel.INFO,
    "order_refused": EventLevel.WARNING,
    "order_not_sent": EventLevel.WARNING,
    "order_unknown": EventLevel.WARNING,
    "order_held": EventLevel.ERROR,
    "order_adopted": EventLevel.ERROR,
    "position_corrected": EventLevel.WARNING,
    "position_gone": EventLevel.WARNING,
    "audit_difference": EventLevel.ERROR,
}
REPEATED = ("order_refused", "order_not_sent")


def record(
    bot: BotConfiguration,
    kind: str,
    *,
    level: EventLevel = EventLevel.INFO,
    symbol: str = "",
    at: datetime | None = None,
    **details: str,
) -> BotEvent:
    """Keep an event; `kind` names its text in `bots.wording` and `details` the text's values."""
    return _keep(bot.owner_id, bot.pk, kind, level, symbol, at or utc_now(), details)


def _keep(
    owner_id: int,
    bot_id: int,
    kind: str,
    level: EventLevel,
    symbol: str,
    at: datetime,
    details: dict[str, str],
) -> BotEvent:
    event = BotEvent(
        owner_id=owner_id, bot_id=bot_id, at=at, level=level, kind=kind, symbol=symbol, details=details
    )
    insert(event)
    return event


def record_once(bot: BotConfiguration, kind: str, now: datetime, *, symbol: str, **details: str) -> None:
    """A warning that would come back with each tick: kept once in a while for as long as it lasts."""
    same = bot.events.filter(kind=kind, symbol=symbol, at__gte=now - REPEAT_AFTER)
    if not same.exists():
        record(bot, kind, level=EventLevel.WARNING, symbol=symbol, at=now, **details)


@receiver(ledger_event, sender=Order)
def record_ledger_event(order: Order, kind: str, details: dict[str, str], **_: Any) -> None:
    """The ledger knows nobody above it; what it tells becomes an event of the order's bot and a line in the log."""
    level = LEVELS[kind]
    if kind in REPEATED and _was_told(order, kind, details):
        return
    _keep(order.owner_id, order.bot_id, kind, level, order.symbol, utc_now(), details)
    log = partial(logger.info if level is EventLevel.INFO else logger.warning, "%s order=%s symbol=%s %s")
    # The ledger's other writers do not wait for a line in the log.
    transaction.on_commit(partial(log, kind, order.client_order_id, order.symbol, details))


def _was_told(order: Order, kind: str, details: dict[str, str]) -> bool:
    """Whether the same was recorded a short while ago: an exit is tried again and again.

    Why an order was not sent says how long to wait, which is another time each time.
    """
    since = utc_now() - REPEAT_AFTER
    told = BotEvent.objects.filter(bot_id=order.bot_id, kind=kind, symbol=order.symbol, at__gte=since)
    return bool((told if kind == "order_not_sent" else told.filter(details=details)).exists())


@receiver(ledger_event, sender=Trade)
def record_trade_event(trade: Trade, kind: str, details: dict[str, str], **_: Any) -> None:
    """The same for what befalls a trade without an order."""
    _keep(trade.owner_id, trade.bot_id, kind, LEVELS[kind], trade.symbol, utc_now(), details)
    logger.warning("%s trade=%s symbol=%s %s", kind, trade.pk, trade.symbol, details)
