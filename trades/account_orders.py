"""Orders of all bots of one exchange key that may have moved an asset's balance, found without reading the key's history."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from exchanges.domain import Side
from saas.prepared import Parameter, Prepared
from trades.domain import UNRESOLVED_VALUES, OrderStatus
from trades.models import Order
from users.models import ExchangeAPIKey

# The ends of an order that may have executed something.
MAY_HAVE_FILLED = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED)
# An order's money moves soon after it is made, whenever we hear of it; so far back they are looked through.
LONGEST_LIFE = timedelta(hours=1)
SPENT_COLUMNS = (
    *("side", "status", "trade_id", "quantity", "filled_quantity"),
    *("limit_price", "reference_price", "resolved_at"),
)


def moving(asset: str) -> Q:
    """Orders that buy, sell or pay with this asset."""
    return Q(base=asset) | Q(quote=asset)


def unresolved_orders(key: ExchangeAPIKey, which: Q) -> QuerySet[Order]:
    return _unresolved(key.pk, which)


def orders_ended_since(key: ExchangeAPIKey, which: Q, since: datetime) -> QuerySet[Order]:
    return _ended(key.owner_id, key.pk, which, since, since - LONGEST_LIFE)


def list_unresolved_spending(key: ExchangeAPIKey, asset: str) -> list[Order]:
    """What may still take of this asset: sales of it, and purchases paid with it. Only `SPENT_COLUMNS` are read."""
    return UNRESOLVED_SPENDING.rows(key=key.pk, asset=asset)


def list_spent_since(key: ExchangeAPIKey, asset: str, since: datetime) -> list[Order]:
    """What has ended since then and may have taken of this asset, as above."""
    oldest = since - LONGEST_LIFE
    return SPENT_SINCE.rows(owner=key.owner_id, key=key.pk, asset=asset, since=since, oldest=oldest)


def _unresolved(key: Any, which: Q) -> QuerySet[Order]:
    found: QuerySet[Order] = Order.objects.filter(which, status__in=UNRESOLVED_VALUES, exchange_key=key)
    return found


def _ended(owner: Any, key: Any, which: Q, since: Any, oldest: Any) -> QuerySet[Order]:
    recent = Order.objects.filter(owner=owner, created_at__gte=oldest)
    statuses = [status.value for status in MAY_HAVE_FILLED]
    found: QuerySet[Order] = recent.filter(
        which, exchange_key=key, status__in=statuses, resolved_at__gt=since
    )
    return found


def _spending() -> Q:
    sales = Q(base=Parameter("asset"), side=Side.SELL.value)
    return sales | Q(quote=Parameter("asset"), side=Side.BUY.value)


UNRESOLVED_SPENDING = Prepared(
    lambda: _unresolved(Parameter("key"), _spending()).order_by().only(*SPENT_COLUMNS)
)
SPENT_SINCE = Prepared(
    lambda: (
        _ended(Parameter("owner"), Parameter("key"), _spending(), Parameter("since"), Parameter("oldest"))
        .order_by()
        .only(*SPENT_COLUMNS)
    )
)
