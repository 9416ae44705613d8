"""The engine's tasks: interfaces only, each calls one function and holds no business logic."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from celery import current_app, shared_task
from celery.signals import after_task_publish, task_revoked

from bots import dispatch, engine, quiet, unrunnable
from bots.look_notes import look_notes
from bots.rank import Rank
from bots.roster import process_roster
from saas import counters
from saas.clock import utc_now

_dispatcher = dispatch.Dispatcher(process_roster())


@shared_task(name="bots.tasks.check_active_bots", expires=1)
def check_active_bots() -> None:
    """Several times a second: a `run_trading_bot` for each bot that something could come of, or whose turn it is.

    A run expires when the next one is due or will be sent again.
    """
    _dispatcher.tick(utc_now, _send_runs)


def _send_runs(runs: Sequence[dispatch.Run]) -> None:
    if not runs:
        return
    with current_app.producer_pool.acquire(block=True) as producer, producer.batch():  # type: ignore[attr-defined]  # newer than its stubs
        for run in runs:
            arguments = (run.bot_id, run.due_at.isoformat(), run.seconds_to_begin, run.rank.value)
            run_trading_bot.apply_async(arguments, expires=run.seconds_to_begin, producer=producer)


@shared_task(name="bots.tasks.pause_unrunnable_bots", expires=1)
def pause_unrunnable_bots() -> None:
    """Every second: what cannot run is paused and not looked at again."""
    unrunnable.pause_unrunnable_bots(utc_now())


@shared_task(name="bots.tasks.run_trading_bot")
def run_trading_bot(bot_id: int, due_at: str, seconds_to_begin: float, rank: int = Rank.ASKED) -> None:
    """One tick of one bot; a quiet one ends with a look at what this process knows of it, if nothing comes of that."""
    due = datetime.fromisoformat(due_at)
    if rank != Rank.QUIET or not quiet.look(process_roster(), look_notes, bot_id, due, utc_now):
        engine.run_bot(bot_id, due, seconds_to_begin, utc_now, expects_order=Rank(rank).expects_order)


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
