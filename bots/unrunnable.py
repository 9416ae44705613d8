"""Bots that are active and cannot run: they are paused, with one event, and not looked at again."""

import logging
from datetime import datetime

from django.db import transaction

from bots.events import record
from bots.models import BotConfiguration, BotStatus, EventLevel
from bots.roster_queries import active_bots
from saas.state_log import StateLog
from users.models import KeyState

_log = StateLog(logging.getLogger(__name__), "pausing bots that cannot run")
PAUSE_CODES = {
    KeyState.UNCHECKED: "key_unchecked",
    KeyState.REFUSED: "key_refused",
    KeyState.INVALID: "key_invalid",
    KeyState.UNDECRYPTABLE: "key_undecryptable",
}


def pause_unrunnable_bots(now: datetime) -> int:
    """Pause the bots whose key no longer works, each with one event; how many. Nothing while the database is away."""
    paused = 0
    with _log.tell_outages():
        stranded = active_bots().exclude(exchange_key__state=KeyState.VALID, exchange_key__deleted_at=None)
        for bot in stranded.select_related("exchange_key"):
            paused += _pause(bot, now)
    return paused


def _pause(bot: BotConfiguration, now: datetime) -> bool:
    key = bot.exchange_key
    code = "key_deleted" if key.deleted_at else PAUSE_CODES[KeyState(key.state)]
    with transaction.atomic():
        still = BotConfiguration.objects.filter(pk=bot.pk, status=BotStatus.ACTIVE)
        if not still.update(status=BotStatus.PAUSED, pause_code=code, next_run_at=None, updated_at=now):
            return False
        record(bot, "paused", level=EventLevel.ERROR, at=now, code=code)
    return True
