"""The engine's tasks: interfaces only, each calls one function and holds no business logic."""

from datetime import datetime
from typing import Any

from celery import shared_task
from celery.signals import after_task_publish, task_revoked

from bots import dispatch, engine
from saas import counters
from saas.clock import utc_now


@shared_task(name="bots.tasks.check_active_bots", expires=1)
def check_active_bots() -> None:
    """Every second: one `run_trading_bot` for each due bot of every user. It expires when the next one is due."""
    now = utc_now()
    dispatch.pause_unrunnable_bots(now)
    for run in dispatch.claim_due_bots(now):
        counters.add("runs_missed", run.missed)
        arguments = (run.bot_id, run.due_at.isoformat(), run.interval_seconds)
        run_trading_bot.apply_async(arguments, expires=run.interval_seconds)


@shared_task(name="bots.tasks.run_trading_bot")
def run_trading_bot(bot_id: int, due_at: str, interval_seconds: int) -> None:
    """One tick of one bot."""
    engine.run_bot(bot_id, datetime.fromisoformat(due_at), interval_seconds, utc_now)


@after_task_publish.connect
def note_beat(sender: str = "", **_: Any) -> None:
    """Whoever has published the dispatch is the beat process, alive and not mute."""
    if sender == "bots.tasks.check_active_bots":
        counters.beat("beat", utc_now())


@task_revoked.connect
def count_expired(request: Any = None, expired: bool = False, **_: Any) -> None:
    """A run that nobody took in time is dropped by the worker; it must not go unnoticed."""
    if expired and getattr(request, "task", "") == "bots.tasks.run_trading_bot":
        counters.add("runs_expired")
