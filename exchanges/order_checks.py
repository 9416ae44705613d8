"""What an order must be before any exchange is asked."""

import re

from exchanges.domain import OrderRequest, OrderType


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
