"""What an order must be before any exchange is asked."""

import re

from exchanges.domain import OrderRequest, OrderType

# Both exchanges allow 36 of these; a shorter alphabet than either's, so that an id fits everywhere.
CLIENT_ORDER_ID = re.compile(r"[0-9A-Za-z_-]{1,36}")


def why_unsendable(order: OrderRequest) -> str:
    """Why no exchange could ever accept it; empty if one could."""
    if not CLIENT_ORDER_ID.fullmatch(order.client_order_id):
        return "the client order id is not one that exchanges accept"
    if not order.quantity.is_finite() or order.quantity <= 0:
        return "the quantity is not positive"
    if (order.type == OrderType.LIMIT) != (order.limit_price is not None):
        return "a limit order has a limit price, a market order has none"
    if order.limit_price is not None and (not order.limit_price.is_finite() or order.limit_price <= 0):
        return "the limit price is not positive"
    return ""
