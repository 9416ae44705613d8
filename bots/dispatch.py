"""Which bots are due, and who runs them: the schedule is in the database, a message only says "now".

A bot is claimed by moving its next run with a conditional UPDATE, so that two beats or a repeated message dispatch it
once. What cannot run is paused, with one event, and is not looked at again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from bots.events import record
from bots.models import BotConfiguration, BotStatus, EventLevel
from users.models import KeyState

BATCH = 2_000

PAUSE_CODES = {
    KeyState.UNCHECKED: "key_unchecked",
    KeyState.REFUSED: "key_refused",
    KeyState.INVALID: "key_invalid",
    KeyState.UNDECRYPTABLE: "key_undecryptable",
}


@dataclass(frozen=True, slots=True)
class DueRun:
    """One run to send. `missed` counts the ticks before it that nobody ran."""

    bot_id: int
    due_at: datetime
    interval_seconds: int
    missed: int


def active_bots() -> QuerySet[BotConfiguration]:
    bots: QuerySet[BotConfiguration] = BotConfiguration.objects.filter(
        status=BotStatus.ACTIVE, deleted_at=None, owner__is_active=True
    )
    return bots


def claim_due_bots(now: datetime) -> list[DueRun]:
    """Claim the runs of every user's due bots, the longest waiting first."""
    runnable = active_bots().filter(exchange_key__state=KeyState.VALID, exchange_key__deleted_at=None)
    due = runnable.filter(next_run_at__lte=now).order_by("next_run_at")
    rows = list(due.values_list("pk", "next_run_at", "interval_seconds")[:BATCH])
    if not rows:
        return []
    with transaction.atomic():
        claimed = [_claim(bot_id, due_at, interval, now) for bot_id, due_at, interval in rows if due_at]
    return [run for run in claimed if run is not None]


def _claim(bot_id: int, due_at: datetime, interval_seconds: int, now: datetime) -> DueRun | None:
    missed = int((now - due_at) / timedelta(seconds=interval_seconds))
    next_run_at = due_at + timedelta(seconds=interval_seconds * (missed + 1))
    unclaimed = BotConfiguration.objects.filter(pk=bot_id, next_run_at=due_at, status=BotStatus.ACTIVE)
    if not unclaimed.update(next_run_at=next_run_at):
        return None
    latest = due_at + timedelta(seconds=interval_seconds * missed)
    return DueRun(bot_id, latest, interval_seconds, missed)


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
