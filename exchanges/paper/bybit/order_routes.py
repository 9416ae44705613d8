"""Signed endpoints that change orders. An answer says that a request was accepted, never what became of it."""

from decimal import Decimal

from ..instruments import ASSET_DECIMALS
from ..orders import Order, OrderRequest, OrderType, Side, TimeInForce
from . import errors, ids
from .endpoint import TRADING, Call, Endpoint, Json
from .parameters import Parameters

_SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
_ORDER_TYPES = ("Market", "Limit")
_POST_ONLY = "PostOnly"
_MARKET_UNITS = ("baseCoin", "quoteCoin")
_NOT_OFFERED = ("triggerPrice", "takeProfit", "stopLoss", "slippageTolerance")


async def create(call: Call) -> Json:
    order, _ = call.exchange.place(call.account, _read_request(call.parameters))
    return _acknowledge(order)


async def cancel(call: Call) -> Json:
    """What has ended already is no more to be found here than what never was."""
    call.parameters.require_spot()
    symbol = call.parameters.required("symbol")
    call.exchange.market.instrument(symbol)
    return _acknowledge(call.exchange.cancel(find_order(call, symbol)))


def find_order(call: Call, symbol: str | None) -> Order:
    """By orderId, else by orderLinkId. Raises UnknownOrderError."""
    number, client_id = read_order_id(call.parameters), call.parameters.client_order_id()
    if number is not None:
        return call.exchange.find_order(call.account, symbol, number, None)
    if client_id is None:
        raise errors.missing_parameter("orderId or orderLinkId")
    return call.exchange.find_order(call.account, symbol, None, client_id)


def read_order_id(parameters: Parameters) -> int | None:
    text = parameters.text("orderId")
    return None if text is None else ids.read_order_id(text)


def _acknowledge(order: Order) -> Json:
    return {"orderId": ids.order_id(order.id), "orderLinkId": order.client_order_id}


def _read_request(parameters: Parameters) -> OrderRequest:
    parameters.require_spot()
    symbol, side = parameters.required("symbol"), _SIDES.get(parameters.required("side"))
    if side is None:
        raise errors.invalid_side()
    order_type = parameters.required("orderType")
    if order_type not in _ORDER_TYPES:
        raise errors.invalid_order_type()
    for name in _NOT_OFFERED:
        if parameters.text(name) is not None:
            raise errors.invalid_parameter(f"{name} is not offered here")
    client_id = parameters.client_order_id() or ""
    if order_type == "Market":
        return _read_market(parameters, symbol, side, client_id)
    return _read_limit(parameters, symbol, side, client_id)


def _read_market(parameters: Parameters, symbol: str, side: Side, client_id: str) -> OrderRequest:
    """Without a unit a purchase is by value and a sale by quantity; a price or time in force means nothing here."""
    unit = parameters.text("marketUnit") or ("quoteCoin" if side is Side.BUY else "baseCoin")
    if unit not in _MARKET_UNITS:
        raise errors.invalid_data("marketUnit")
    size = parameters.amount("qty")
    if unit == "baseCoin":
        return OrderRequest(symbol, side, OrderType.MARKET, client_id, size, is_id_unique=True)
    if size != round(size, ASSET_DECIMALS):
        raise errors.amount_decimals()
    return OrderRequest(symbol, side, OrderType.MARKET, client_id, None, size, is_id_unique=True)


def _read_limit(parameters: Parameters, symbol: str, side: Side, client_id: str) -> OrderRequest:
    order_type, time_in_force = _read_time_in_force(parameters)
    quantity: Decimal = parameters.amount("qty")
    price: Decimal = parameters.amount("price")
    return OrderRequest(
        symbol, side, order_type, client_id, quantity, None, price, time_in_force, is_id_unique=True
    )


def _read_time_in_force(parameters: Parameters) -> tuple[OrderType, TimeInForce]:
    value = parameters.text("timeInForce") or TimeInForce.GTC.value
    if value == _POST_ONLY:
        return OrderType.LIMIT_MAKER, TimeInForce.GTC
    if value not in TimeInForce.__members__:
        raise errors.invalid_time_in_force()
    return OrderType.LIMIT, TimeInForce(value)


ORDER_ENDPOINTS = (
    Endpoint("POST", "/v5/order/create", create, TRADING, per_second=20),
    Endpoint("POST", "/v5/order/cancel", cancel, TRADING, per_second=20),
)
