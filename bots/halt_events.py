"""A kill switch that was turned becomes an event of each bot that it concerns."""

from typing import Any

from django.db.models import QuerySet
from django.dispatch import receiver

from bots.models import BotConfiguration, BotEvent, BotStatus, EventLevel
from bots.selectors import current_bots
from saas.clock import utc_now
from trades.domain import HaltedBy, HaltScope
from trades.halts import block_of
from trades.models import Halt
from trades.signals import halt_event

LEVELS = {"entries_halted": EventLevel.WARNING, "entries_resumed": EventLevel.INFO}
AT_ONCE = 500


@receiver(halt_event, sender=Halt)
def record_halt_event(halt: Halt, kind: str, by: HaltedBy, **_: Any) -> None:
    details = {**block_of(halt).details(), "by": by.value}
    now = utc_now()
    events = [
        BotEvent(owner_id=owner_id, bot_id=bot_id, at=now, level=LEVELS[kind], kind=kind, details=details)
        for bot_id, owner_id in _concerned(halt).values_list("pk", "owner_id")
    ]
    BotEvent.objects.bulk_create(events, batch_size=AT_ONCE)


def _concerned(halt: Halt) -> QuerySet[BotConfiguration]:
    """A bot's or a user's own bots; of everybody's, those that run."""
    bots = current_bots().order_by()
    if halt.scope == HaltScope.BOT.value:
        return bots.filter(pk=halt.bot_id)
    if halt.scope == HaltScope.USER.value:
        return bots.filter(owner_id=halt.owner_id)
    running = bots.filter(status=BotStatus.ACTIVE)
    if halt.exchange:
        running = running.filter(exchange_key__exchange=halt.exchange)
    return running.filter(exchange_key__environment=halt.environment) if halt.environment else running
