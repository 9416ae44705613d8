"""What is kept of an audit, and who is told: rows for the operator, a halted key, an event for the user's bots."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from trades.audit_domain import FROM_OUR_ROWS, Difference, Kind
from trades.audit_models import AuditDifference, AuditRun, Outcome
from trades.models import Order
from trades.signals import ledger_event
from users.key_texts import StateCode
from users.keys import halt_key
from users.models import ExchangeAPIKey

# Whoever began an audit this long ago has died.
ABANDONED_AFTER = timedelta(minutes=15)
KEPT = timedelta(days=90)
LONGEST_VALUE = 1_000
# The reason of an audit that ended in an error of ours: nothing is known from it.
FAILED = "failed"
# Of these the ledger has no row to read again: they are gone only if their time was listed.
SEEN_IN_LISTS_ONLY = frozenset({Kind.UNKNOWN_ORDER, Kind.SENT_TWICE})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit of one key came to. `reason` says why it is not complete; `audit_texts` has the words."""

    key: ExchangeAPIKey
    since: datetime
    outcome: Outcome
    reason: str = ""
    orders: int = 0
    fills: int = 0
    differences: tuple[Difference, ...] = ()


def begin(key: ExchangeAPIKey, since: datetime, now: datetime) -> AuditRun | None:
    """The row of a new audit; None while another one of this key is under way."""
    left_behind = AuditRun.objects.filter(
        exchange_key=key, finished_at=None, started_at__lt=now - ABANDONED_AFTER
    )
    left_behind.update(finished_at=now, outcome=Outcome.NOT_AUDITED, reason="interrupted")
    try:
        with transaction.atomic():
            run: AuditRun = AuditRun.objects.create(
                owner_id=key.owner_id, exchange_key=key, started_at=now, since=since
            )
    except IntegrityError:
        return None
    return run


def finish(run: AuditRun, report: Report, now: datetime) -> None:
    """Record what was found. A difference that was not there before halts the key's entries and is told."""
    with transaction.atomic():
        fresh = [one for one in report.differences if _keep(run, one, now)]
        _mark_gone(run, report, now)
        AuditRun.objects.filter(pk=run.pk).update(
            finished_at=now,
            outcome=report.outcome,
            reason=report.reason[:300],
            orders=report.orders,
            fills=report.fills,
            differences=len(report.differences),
        )
        old = AuditRun.objects.filter(exchange_key=report.key, started_at__lt=now - KEPT, found=None)
        old.delete()
    if fresh:
        halt_key(report.key, StateCode.AUDIT_DIFFERENCE, now)
        _tell(report.key, fresh)


def last_equal(key: ExchangeAPIKey) -> datetime | None:
    """When the last audit began that compared both ledgers of this key and found them equal."""
    equal = AuditRun.objects.filter(exchange_key=key, outcome=Outcome.AUDITED, differences=0)
    started: datetime | None = equal.order_by("-started_at").values_list("started_at", flat=True).first()
    return started


def _keep(run: AuditRun, difference: Difference, now: datetime) -> bool:
    """Whether it is new: one that is known already, looked into and left, does not halt the key a second time."""
    row, created = AuditDifference.objects.get_or_create(
        exchange_key_id=run.exchange_key_id,
        kind=difference.kind.value,
        symbol=difference.symbol,
        client_order_id=difference.client_order_id,
        subject=difference.subject,
        field=difference.field,
        defaults={
            "owner_id": run.owner_id,
            "run": run,
            "bot_id": difference.bot_id,
            "invariant": difference.invariant.value,
            "happened_at": difference.at,
            "first_found_at": now,
            "last_found_at": now,
        },
    )
    came_back = row.gone_at is not None
    row.run, row.last_found_at, row.gone_at = run, now, None
    row.ours, row.theirs = difference.ours[:LONGEST_VALUE], difference.theirs[:LONGEST_VALUE]
    row.save(update_fields=["run", "last_found_at", "gone_at", "ours", "theirs"])
    return created or came_back


def _mark_gone(run: AuditRun, report: Report, now: datetime) -> None:
    """Those that this audit looked for and did not find."""
    if report.reason == FAILED:
        return
    gone = AuditDifference.objects.filter(exchange_key_id=run.exchange_key_id, gone_at=None).exclude(run=run)
    if report.outcome is not Outcome.AUDITED:
        gone = gone.filter(kind__in=[kind.value for kind in FROM_OUR_ROWS])
    listed = [kind.value for kind in SEEN_IN_LISTS_ONLY]
    gone.exclude(kind__in=listed, happened_at__lt=report.since).update(gone_at=now)


def _tell(key: ExchangeAPIKey, fresh: Iterable[Difference]) -> None:
    """The operator by the log, each bot's owner by one event, however many differences its orders have."""
    per_bot: Counter[int] = Counter()
    orders: dict[int, Order] = {}
    for difference in fresh:
        logger.error(
            "the ledgers differ: key=%s %s %s symbol=%s order=%s subject=%s field=%s ours=%s theirs=%s",
            key.pk,
            difference.invariant.value,
            difference.kind.value,
            difference.symbol,
            difference.client_order_id,
            difference.subject,
            difference.field,
            difference.ours,
            difference.theirs,
        )
        order = _nearest_order(key, difference)
        if order is not None:
            per_bot[order.bot_id] += 1
            orders.setdefault(order.bot_id, order)
    for bot_id, order in orders.items():
        details = {"count": str(per_bot[bot_id])}
        ledger_event.send(Order, order=order, kind="audit_difference", details=details)


def _nearest_order(key: ExchangeAPIKey, difference: Difference) -> Order | None:
    """The order that differs; where the ledger lacks it, the bot's last one in the symbol, else the key's last one there."""
    of_key = Order.objects.filter(exchange_key=key, symbol=difference.symbol).order_by("-pk")
    candidates = (
        of_key.filter(client_order_id=difference.client_order_id),
        of_key.filter(bot_id=difference.bot_id),
        of_key,
    )
    found = (candidate.select_related("bot").first() for candidate in candidates)
    return next((order for order in found if order is not None), None)
