"""Bots that are active and cannot run: they are paused, with one event, and not looked at again."""

from datetime import datetime

from django.db import transaction

from bots.events import record
from bots.models import BotConfiguration, BotStatus, EventLevel
from bots.roster_queries import active_bots
from users.models import KeyState

PAUSE_CODES = {
    KeyState.UNCHECKED: "key_unchecked",
    KeyState.REFUSED: "key_refused",
    KeyState.INVALID: "key_invalid",
    KeyState.UNDECRYPTABLE: "key_undecryptable",
}


def pause_unrunnable_bots(now: datetime) -> int:
    """Pause the bots whose key no longer works, each with one event; how many."""
    stranded = active_bots().exclude(exchange_key__state=KeyState.VALID, exchange_key__deleted_at=None)
    paused = [_pause(bot, now) for bot in stranded.select_related("exchange_key")]
    return sum(paused)


def _pause(bot: BotConfiguration, now: datetime) -> bool:
    key = bot.exchange_key
    code = "key_deleted" if key.deleted_at else PAUSE_CODES[KeyState(key.state)]
    with transaction.atomic():
        still = BotConfiguration.objects.filter(pk=bot.pk, status=BotStatus.ACTIVE)
        if not still.update(status=BotStatus.PAUSED, pause_code=code, next_run_at=None, updated_at=now):
            return False
        record(bot, "paused", level=EventLevel.ERROR, at=now, code=code)
    return True
