"""What `/metrics` says about bots: how many are in each state, over all users."""

from django.db.models import Count

from bots.models import BotConfiguration
from saas.metrics import Metric


def count_bots() -> list[Metric]:
    kept = BotConfiguration.objects.filter(deleted_at=None)
    counts = kept.order_by().values_list("status").annotate(bots=Count("pk"))
    samples = [({"status": str(status)}, float(number)) for status, number in counts]
    return [Metric("cardume_bots", "gauge", "Bots by status.", samples)]
