"""Signed endpoints of orders."""

import secrets
import string
from decimal import Decimal

from ..orders import Order, OrderRequest, OrderType, Side, TimeInForce
from . import errors
from .endpoint import READING, TRADING, Call, Endpoint
from .parameters import CLIENT_ORDER_ID, Parameters
from .rendering import Json, render_canceled, render_order, render_placed

_RESPONSE_TYPES = ("ACK", "RESULT", "FULL")
_NOT_OFFERED = ("stopPrice", "trailingDelta", "icebergQty")
_ALPHABET = string.ascii_letters + string.digits
_DAY_MS = 86_400_000
_FOREVER = 2**63 - 1


async def place_order(call: Call) -> Json:
    request, response_type = _read_request(call.parameters), _read_response_type(call.parameters)
    order, fills = call.exchange.place(call.account, request)
    return render_placed(order, fills, response_type)


async def test_order(call: Call) -> Json:
    """Check everything that can be checked without the balance, and place nothing."""
    call.exchange.check(call.account, _read_request(call.parameters))
    return {}


async def get_order(call: Call) -> Json:
    return render_order(_find_order(call))


async def cancel_order(call: Call) -> Json:
    cancel_id = call.parameters.text("newClientOrderId", CLIENT_ORDER_ID) or _generate_id()
    return render_canceled(call.exchange.cancel(_find_order(call)), cancel_id)


async def list_open_orders(call: Call) -> list[Json]:
    return [render_order(order) for order in _open_orders(call)]


async def cancel_open_orders(call: Call) -> list[Json]:
    call.parameters.symbol()
    orders = _open_orders(call)
    if not orders:
        raise errors.unknown_order()
    return [render_canceled(call.exchange.cancel(order), _generate_id()) for order in orders]


async def list_all_orders(call: Call) -> list[Json]:
    parameters, exchange = call.parameters, call.exchange
    symbol = exchange.market.instrument(parameters.symbol()).symbol
    order_id, limit = parameters.integer("orderId"), parameters.limit(500, 1000)
    start, end = read_day_range(parameters)
    exchange.settle()
    orders = exchange.store.list_orders(call.account.id, symbol, order_id, start, end, limit)
    return [render_order(order) for order in orders]


def read_day_range(parameters: Parameters) -> tuple[int | None, int]:
    """startTime and endTime, at most a day apart when both are given."""
    start, end = parameters.times()
    if start is not None and end is not None and end - start > _DAY_MS:
        raise errors.range_too_long(24)
    return start, _FOREVER if end is None else end


def _open_orders(call: Call) -> list[Order]:
    exchange, symbol = call.exchange, None
    if call.parameters.has("symbol"):
        symbol = exchange.market.instrument(call.parameters.symbol()).symbol
    exchange.settle()
    return exchange.store.list_open_orders(call.account.id, symbol)


def _find_order(call: Call) -> Order:
    parameters = call.parameters
    symbol = call.exchange.market.instrument(parameters.symbol()).symbol
    order_id, client_id = parameters.integer("orderId"), parameters.text("origClientOrderId")
    if order_id is None and client_id is None:
        raise errors.missing_either("origClientOrderId", "orderId")
    return call.exchange.find_order(call.account, symbol, order_id, client_id)


def _read_request(parameters: Parameters) -> OrderRequest:
    symbol = parameters.symbol()
    side = parameters.required("side")
    if side not in Side.__members__:
        raise errors.invalid_side()
    order_type = parameters.required("type")
    if order_type not in OrderType.__members__:
        raise errors.invalid_order_type()
    for name in _NOT_OFFERED:
        if parameters.has(name):
            raise errors.parameter_not_required(name)
    client_id = parameters.text("newClientOrderId", CLIENT_ORDER_ID) or _generate_id()
    if order_type == OrderType.MARKET:
        return _read_market(parameters, symbol, Side(side), client_id)
    return _read_limit(parameters, symbol, Side(side), OrderType(order_type), client_id)


def _read_market(parameters: Parameters, symbol: str, side: Side, client_id: str) -> OrderRequest:
    _refuse(parameters, "price", "timeInForce")
    if parameters.has("quantity"):
        _refuse(parameters, "quoteOrderQty")
    quantity, value = parameters.amount("quantity"), parameters.amount("quoteOrderQty")
    if quantity is None and value is None:
        raise errors.missing_either("quantity", "quoteOrderQty")
    return OrderRequest(symbol, side, OrderType.MARKET, client_id, quantity, value)


def _read_limit(
    parameters: Parameters, symbol: str, side: Side, order_type: OrderType, client_id: str
) -> OrderRequest:
    _refuse(parameters, "quoteOrderQty")
    time_in_force = TimeInForce.GTC
    if order_type is OrderType.LIMIT_MAKER:
        _refuse(parameters, "timeInForce")
    else:
        time_in_force = _read_time_in_force(parameters)
    quantity: Decimal = parameters.required_amount("quantity")
    price: Decimal = parameters.required_amount("price")
    return OrderRequest(symbol, side, order_type, client_id, quantity, None, price, time_in_force)


def _read_time_in_force(parameters: Parameters) -> TimeInForce:
    value = parameters.required("timeInForce")
    if value not in TimeInForce.__members__:
        raise errors.invalid_time_in_force()
    return TimeInForce(value)


def _read_response_type(parameters: Parameters) -> str:
    default = "ACK" if parameters.text("type") == OrderType.LIMIT_MAKER else "FULL"
    value = parameters.text("newOrderRespType") or default
    if value not in _RESPONSE_TYPES:
        raise errors.invalid_data("newOrderRespType")
    return value


def _refuse(parameters: Parameters, *names: str) -> None:
    for name in names:
        if parameters.has(name):
            raise errors.parameter_not_required(name)


def _generate_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(22))


_ORDER_NAMES = frozenset(
    {
        *("symbol", "side", "type", "timeInForce", "quantity", "quoteOrderQty", "price", "newClientOrderId"),
        *("newOrderRespType", "strategyId", "strategyType", "selfTradePreventionMode", *_NOT_OFFERED),
    }
)
_TEST_NAMES = _ORDER_NAMES | {"computeCommissionRates"}
_FIND_NAMES = frozenset({"symbol", "orderId", "origClientOrderId"})
_CANCEL_NAMES = _FIND_NAMES | {"newClientOrderId", "cancelRestrictions"}
_LIST_NAMES = frozenset({"symbol", "orderId", "startTime", "endTime", "limit"})
_SYMBOL = frozenset({"symbol"})


def _weigh_open(parameters: Parameters) -> int:
    return 6 if parameters.has("symbol") else 80


ORDER_ENDPOINTS = (
    Endpoint("POST", "/api/v3/order", place_order, 1, _ORDER_NAMES, TRADING),
    Endpoint("POST", "/api/v3/order/test", test_order, 1, _TEST_NAMES, TRADING),
    Endpoint("GET", "/api/v3/order", get_order, 4, _FIND_NAMES, READING),
    Endpoint("DELETE", "/api/v3/order", cancel_order, 1, _CANCEL_NAMES, TRADING),
    Endpoint("GET", "/api/v3/openOrders", list_open_orders, _weigh_open, _SYMBOL, READING),
    Endpoint("DELETE", "/api/v3/openOrders", cancel_open_orders, 1, _SYMBOL, TRADING),
    Endpoint("GET", "/api/v3/allOrders", list_all_orders, 20, _LIST_NAMES, READING),
)
