"""What `/metrics` says about orders, over all users: how many are in each state, and what the audits found."""

from django.db.models import Count

from saas.clock import utc_now
from saas.metrics import Metric
from trades.audit_domain import Invariant
from trades.audit_models import AuditDifference
from trades.audit_schedule import count_overdue
from trades.models import HALT_SCOPES, Halt, Order


def count_orders() -> list[Metric]:
    counts = Order.objects.order_by().values_list("status").annotate(orders=Count("pk"))
    samples = [({"status": str(status)}, float(number)) for status, number in counts]
    return [Metric("cardume_orders", "gauge", "Orders by status.", samples)]


def count_differences() -> list[Metric]:
    standing = AuditDifference.objects.filter(gone_at=None).order_by().values_list("invariant")
    counts = dict(standing.annotate(differences=Count("pk")))
    samples = [({"invariant": one.value}, float(counts.get(one.value, 0))) for one in Invariant]
    overdue = float(count_overdue(utc_now()))
    return [
        Metric(
            "cardume_audit_differences",
            "gauge",
            "Differences between the exchange's ledger and ours.",
            samples,
        ),
        Metric(
            "cardume_audit_overdue_keys",
            "gauge",
            "Keys that no audit completed for two days.",
            [({}, overdue)],
        ),
    ]


def count_halts() -> list[Metric]:
    """A switch that somebody forgot to turn back on should be seen from outside."""
    counts = dict(Halt.objects.order_by().values_list("scope").annotate(halts=Count("pk")))
    samples = [({"scope": scope}, float(counts.get(scope, 0))) for scope, _ in HALT_SCOPES]
    return [Metric("cardume_halts", "gauge", "Kill switches that are on.", samples)]
