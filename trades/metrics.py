"""What `/metrics` says about orders: how many are in each state, over all users."""

from django.db.models import Count

from saas.metrics import Metric
from trades.models import Order


def count_orders() -> list[Metric]:
    counts = Order.objects.order_by().values_list("status").annotate(orders=Count("pk"))
    samples = [({"status": str(status)}, float(number)) for status, number in counts]
    return [Metric("cardume_orders", "gauge", "Orders by status.", samples)]
