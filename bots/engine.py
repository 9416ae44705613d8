"""One tick of one bot: lease, recovery, shared snapshot, strategy, sizing, ledger.

    look, unless a level is known to be crossed ─ nothing to do: keep the decisions
         └ take the lease ─ settle open orders ─ look again ─ for each symbol: Signal → order → Decision ─ give it back

A run that comes late or, with something to do, meets another run of its bot is dropped and counted. Whatever one bot runs
into ends in its own log and events; nothing is raised to the queue, which would only repeat it.
"""

import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from bots.decisions import Decision, keep_decisions
from bots.events import record
from bots.last_runs import last_runs
from bots.look import Look
from bots.models import BotConfiguration, BotStatus, EventLevel
from bots.run import BotRun
from exchanges.errors import KeyRefused
from saas import counters
from saas.logging import bound
from saas.one_writer import one_writer
from saas.prepared import Parameter, Prepared
from trades import lease
from users.encryption import CredentialsUnreadable
from users.keys import mark_invalid, require_readable
from users.models import KeyState

logger = logging.getLogger(__name__)

RUNNABLE: Prepared[BotConfiguration] = Prepared(
    lambda: BotConfiguration.objects.select_related("exchange_key", "owner").filter(
        pk=Parameter("bot"),
        status=BotStatus.ACTIVE,
        deleted_at=None,
        owner__is_active=True,
        exchange_key__state=KeyState.VALID,
        exchange_key__deleted_at=None,
    )
)

# For an order so often, with pauses that come to a quarter of a second: a thread that waits is one that others lack.
LEASE_TRIES = 6
LEASE_PAUSE_SECONDS = 0.05

Clock = Callable[[], datetime]


def run_bot(
    bot_id: int, due_at: datetime, interval_seconds: float, clock: Clock, expects_order: bool = False
) -> bool:
    """Run one bot once; whether it ran. Never raises for anything that is this bot's own trouble.

    Where an order is expected the lease is taken at once, without a look before it.
    """
    now = clock()
    if now - due_at > timedelta(seconds=max(interval_seconds, 1)):
        counters.add("runs_late")
        return False
    counters.observe("run", (now - due_at).total_seconds())
    bot = load_runnable(bot_id)
    if bot is None:
        return False
    with bound(user=bot.owner_id, bot=bot.pk):
        return _run(bot, due_at, clock, expects_order)


def load_runnable(bot_id: int) -> BotConfiguration | None:
    """The bot with its key and owner, if it may run at all."""
    return RUNNABLE.first(bot=bot_id)


def _run(bot: BotConfiguration, due_at: datetime, clock: Clock, expects_order: bool) -> bool:
    try:
        decisions = _tick(bot, due_at, clock, expects_order)
    except lease.LeaseLost:
        counters.add("runs_overlapping")
        logger.warning("lease lost during a run")
    except KeyRefused as refusal:
        logger.warning("the exchange refused the key: %s", refusal)
        mark_invalid(bot.exchange_key, refusal)
    except CredentialsUnreadable:
        logger.warning("the exchange key cannot be decrypted")
    except Exception:  # noqa: BLE001 -- the boundary of one bot: its failure must not reach any other
        _note_failure(bot, clock())
    else:
        if decisions is not None:
            _note_run(bot, decisions, due_at, clock())
        return decisions is not None
    return False


def _tick(
    bot: BotConfiguration, due_at: datetime, clock: Clock, expects_order: bool
) -> list[Decision] | None:
    """What was decided; None if somebody else runs the bot at this moment."""
    # Costs microseconds, and a bot whose key is lost must not look as if it could sell.
    require_readable(bot.exchange_key)
    quiet = None if expects_order else Look(bot, clock).find_quiet_decisions()
    if quiet is not None:
        return quiet
    held = _take_lease(bot.pk, clock, LEASE_TRIES if expects_order else 1)
    if held is None:
        counters.add("runs_overlapping")
        return None
    run = None
    try:
        run = BotRun(bot, held, due_at, clock)
        return _act(run)
    finally:
        _end(held, run)


def _take_lease(bot_id: int, clock: Clock, tries: int) -> lease.Held | None:
    """A run that came in between is mostly over in a moment, while this one would not be sent again for seconds."""
    for _ in range(tries - 1):
        held = lease.take(bot_id, clock())
        if held is not None:
            return held
        time.sleep(LEASE_PAUSE_SECONDS)
    return lease.take(bot_id, clock())


def _act(run: BotRun) -> list[Decision]:
    """With the lease in hand everything is looked at again, and done."""
    run.settle_orders()
    decisions = run.act_on_all()
    if run.bot.closing and not run.is_holding():
        _finish_closing(run.bot, run.clock())
    return decisions


def _end(held: lease.Held, run: BotRun | None) -> None:
    """What is written down at last, in one turn."""
    with one_writer():
        try:
            if run is not None:
                run.close()
        finally:
            lease.release(held)


def _note_run(bot: BotConfiguration, decisions: list[Decision], due_at: datetime, now: datetime) -> None:
    counters.add("runs")
    keep_decisions(bot.pk, decisions, due_at)
    last_runs.note(bot.pk, now)


def _finish_closing(bot: BotConfiguration, now: datetime) -> None:
    closing = BotConfiguration.objects.filter(pk=bot.pk, closing=True)
    if closing.update(closing=False, status=BotStatus.STOPPED, next_run_at=None, updated_at=now):
        record(bot, "stopped", at=now)


def _note_failure(bot: BotConfiguration, now: datetime) -> None:
    """An error nobody foresaw: the log has the traceback, the owner has the id to ask for, once per ten minutes."""
    error_id = secrets.token_hex(4)
    logger.exception("run failed error_id=%s", error_id)
    counters.add("runs_failed")
    recent = bot.events.filter(kind="run_failed", at__gte=now - timedelta(minutes=10))
    if not recent.exists():
        record(bot, "run_failed", level=EventLevel.ERROR, at=now, error_id=error_id)
