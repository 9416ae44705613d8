"""Orders of all bots of one exchange key that may have moved an asset's balance, found without reading the key's history."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from exchanges.domain import Side
from trades.domain import UNRESOLVED, OrderStatus
from trades.models import Order
from users.models import ExchangeAPIKey

# The ends of an order that may have executed something.
MAY_HAVE_FILLED = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED)
# An order's money moves soon after it is made, whenever we hear of it; so far back they are looked through.
LONGEST_LIFE = timedelta(hours=1)


def moving(asset: str) -> Q:
    """Orders that buy, sell or pay with this asset."""
    return Q(base=asset) | Q(quote=asset)


def spending(asset: str) -> Q:
    """Orders that take of this asset: sales of it, and purchases paid with it."""
    return Q(base=asset, side=Side.SELL.value) | Q(quote=asset, side=Side.BUY.value)


def unresolved_orders(key: ExchangeAPIKey, which: Q) -> QuerySet[Order]:
    statuses = [status.value for status in UNRESOLVED]
    found: QuerySet[Order] = Order.objects.filter(which, status__in=statuses, exchange_key=key)
    return found


def orders_ended_since(key: ExchangeAPIKey, which: Q, since: datetime) -> QuerySet[Order]:
    recent = Order.objects.filter(owner_id=key.owner_id, created_at__gte=since - LONGEST_LIFE)
    statuses = [status.value for status in MAY_HAVE_FILLED]
    found: QuerySet[Order] = recent.filter(
        which, exchange_key=key, status__in=statuses, resolved_at__gt=since
    )
    return found
