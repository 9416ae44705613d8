"""Signed endpoints that list orders and executions, newest first, in pages."""

from ..exchange import UnknownOrderError
from ..history import (
    FOREVER_MS,
    Place,
    Wanted,
    is_among_last_closed,
    list_closed,
    list_fills,
    list_fills_of,
    list_last_closed,
    list_open,
)
from ..orders import Order
from .cursors import read_cursor, write_cursor
from .endpoint import READING, Call, Endpoint, Json
from .market_routes import known_symbol
from .order_routes import find_order
from .rendering import order_status, render_execution, render_order

# What the real-time list still knows of an account's closed orders.
LAST_CLOSED = 500
_DAY_MS = 86_400_000


async def realtime(call: Call) -> Json:
    """Open orders, or the last closed ones; one named by its id is looked for among both."""
    call.parameters.require_spot()
    if _names_order(call):
        return _page(call, [order for order in _find(call) if _is_current(call, order)])
    call.exchange.settle()
    symbol, limit = known_symbol(call), call.parameters.limit(20, 50)
    before = read_cursor(call.parameters.text("cursor"))
    if call.parameters.text("openOnly") in (None, "0"):
        wanted = Wanted(call.account.id, symbol, before=before, limit=limit)
        return _page(call, list_open(call.exchange.store, wanted))
    closed = list_last_closed(call.exchange.store, call.account.id, LAST_CLOSED)
    found = [order for order in closed if symbol in (None, order.symbol) and order.id < before.id]
    return _page(call, sorted(found, key=lambda order: -order.id)[:limit])


async def history(call: Call) -> Json:
    """Closed orders of at most seven days; what ended without an execution is kept for a day."""
    call.parameters.require_spot()
    start, end = call.parameters.week(call.exchange.now_ms())
    status = call.parameters.text("orderStatus")
    kept_from = call.exchange.now_ms() - _DAY_MS

    def is_kept(order: Order) -> bool:
        fits = status in (None, order_status(order)) and start <= order.created_ms <= end
        return fits and not order.is_open and (order.executed_quantity > 0 or order.updated_ms >= kept_from)

    if _names_order(call):
        return _page(call, [order for order in _find(call) if is_kept(order)])
    call.exchange.settle()
    limit, before = call.parameters.limit(20, 50), read_cursor(call.parameters.text("cursor"))
    wanted = Wanted(call.account.id, known_symbol(call), start, end, before, limit)
    return _page(call, list_closed(call.exchange.store, wanted, is_kept))


async def executions(call: Call) -> Json:
    """Executions of at most seven days; an order's id outweighs the symbol."""
    parameters = call.parameters
    parameters.require_spot()
    start, end = parameters.week(call.exchange.now_ms())
    orders = _find(call) if _names_order(call) else None
    symbol = known_symbol(call) if orders is None else None
    call.exchange.settle()
    if orders == [] or parameters.text("execType") not in (None, "Trade"):
        return {"category": "spot", "list": [], "nextPageCursor": ""}
    before, limit = read_cursor(parameters.text("cursor")), parameters.limit(50, 100)
    wanted = Wanted(call.account.id, symbol, start, min(end, FOREVER_MS), before, limit)
    fills = list_fills(call.exchange.store, wanted, orders[0].id if orders else None)
    known = {number: _order(call, number) for number in {fill.order_id for fill in fills}}
    cursor = write_cursor([Place(fill.time_ms, fill.id) for fill in fills])
    rows = [render_execution(fill, known[fill.order_id]) for fill in fills]
    return {"category": "spot", "list": rows, "nextPageCursor": cursor}


def _names_order(call: Call) -> bool:
    return call.parameters.text("orderId") is not None or call.parameters.text("orderLinkId") is not None


def _find(call: Call) -> list[Order]:
    """The order a request names, whatever symbol it names besides, or none."""
    known_symbol(call)
    try:
        return [find_order(call, None)]
    except UnknownOrderError:
        return []


def _order(call: Call, number: int) -> Order:
    return call.exchange.find_order(call.account, None, number, None)


def _is_current(call: Call, order: Order) -> bool:
    return order.is_open or is_among_last_closed(call.exchange.store, order, LAST_CLOSED)


def _page(call: Call, orders: list[Order]) -> Json:
    store = call.exchange.store
    rows = [render_order(order, list_fills_of(store, order.id)) for order in orders]
    cursor = write_cursor([Place(order.created_ms, order.id) for order in orders])
    return {"category": "spot", "list": rows, "nextPageCursor": cursor}


HISTORY_ENDPOINTS = (
    Endpoint("GET", "/v5/order/realtime", realtime, READING),
    Endpoint("GET", "/v5/order/history", history, READING),
    Endpoint("GET", "/v5/execution/list", executions, READING),
)
