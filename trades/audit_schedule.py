"""Which keys are audited when: once a day each, a few every five minutes, the one that waits longest first.

The database knows when each key was last audited, so a day on which nothing ran is caught up with, and a thousand keys never
ask at one moment. Binance allows an address 6,000 of weight a minute; an audit of a key takes 40 for each of its symbols
(20 for a list of orders, 20 for one of fills) and 40 more for each further thousand of them. A thousand keys with three
symbols each so need 120,000 a day, which is 1.4 % of what is allowed.
"""

from datetime import datetime, timedelta

from django.db.models import Max, Q

from trades.audit_models import Outcome
from trades.models import Order
from users.models import ExchangeAPIKey

EVERY = timedelta(days=1)
TRY_AGAIN_AFTER = timedelta(hours=1)
# Of 288 turns a day, so that what a bad day left undone is caught up with on the same day.
TURNS = 200
COMPLETE = (Outcome.AUDITED, Outcome.OWN_ROWS)


def keys_to_audit(now: datetime) -> list[int]:
    """The keys whose turn it is. One that could not be audited is tried again after an hour."""
    used = ExchangeAPIKey.objects.filter(pk__in=Order.objects.order_by().values("exchange_key_id"))
    complete = Q(audit_runs__outcome__in=COMPLETE)
    keys = used.annotate(
        complete_at=Max("audit_runs__started_at", filter=complete), tried_at=Max("audit_runs__started_at")
    )
    due = keys.filter(
        Q(complete_at=None) | Q(complete_at__lte=now - EVERY),
        Q(tried_at=None) | Q(tried_at__lte=now - TRY_AGAIN_AFTER),
    )
    waiting = sorted(due.values_list("complete_at", "pk"), key=lambda row: (row[0] is not None, *row))
    return [pk for _, pk in waiting[: turn_size(used.count())]]


def turn_size(keys: int) -> int:
    return max(1, -(-keys // TURNS))


def count_overdue(now: datetime) -> int:
    """Keys with orders that no audit has completed for two days, though they had some by then."""
    by_then = Order.objects.filter(created_at__lt=now - 2 * EVERY).order_by().values("exchange_key_id")
    audited = ExchangeAPIKey.objects.filter(
        audit_runs__outcome__in=COMPLETE, audit_runs__started_at__gt=now - 2 * EVERY
    )
    return ExchangeAPIKey.objects.filter(pk__in=by_then).exclude(pk__in=audited.values("pk")).count()
