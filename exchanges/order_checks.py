"""What an order must be before any exchange is asked, and its fills before the exchange is believed."""

import re
from collections.abc import Iterable

from exchanges.domain import ExchangeFill, OrderRequest, OrderType


def why_unsendable(order: OrderRequest, client_order_ids: re.Pattern[str]) -> str:
    """Why an exchange that takes these client order ids could never accept it; empty if it could."""
    if not client_order_ids.fullmatch(order.client_order_id):
        return "the client order id is not one that this exchange accepts"
    if not order.quantity.is_finite() or order.quantity <= 0:
        return "the quantity is not positive"
    if (order.type == OrderType.LIMIT) != (order.limit_price is not None):
        return "a limit order has a limit price, a market order has none"
    if order.limit_price is not None and (not order.limit_price.is_finite() or order.limit_price <= 0):
        return "the limit price is not positive"
    return ""


def executions(fills: Iterable[ExchangeFill]) -> list[ExchangeFill]:
    """The fills as they are. Raises ValueError if one of them exchanges nothing, or for nothing."""
    listed = list(fills)
    if any(fill.price <= 0 or fill.quantity <= 0 for fill in listed):
        raise ValueError("a fill without a price or a quantity")
    return listed


def executions_of(exchange_order_id: str, fills: Iterable[ExchangeFill]) -> list[ExchangeFill]:
    """The same for one order's fills. A fill of another order would stay for ever where it was counted by mistake."""
    listed = executions(fills)
    if any(fill.exchange_order_id != exchange_order_id for fill in listed):
        raise ValueError("the answer is for another order")
    return listed
