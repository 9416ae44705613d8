"""Answers in Bybit's form: amounts as strings without trailing zeros."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ..bars import Bar, Candle, worth_units
from ..book import Book
from ..instruments import ASSET_DECIMALS, Instrument
from ..orders import ZERO, Fill, Order, OrderStatus, OrderType, Side
from ..rules import MARKET_MAX_DIVISOR, MAX_NOTIONAL, PERCENT_DOWN, PERCENT_UP
from ..settlement import FEE_RATE
from . import ids

Json = dict[str, Any]
_UNIT = Decimal(1).scaleb(-ASSET_DECIMALS)
_OPEN_STATUSES = {OrderStatus.NEW: "New", OrderStatus.PARTIALLY_FILLED: "PartiallyFilled"}


def amount(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"


def render_instrument(instrument: Instrument) -> Json:
    largest = amount(instrument.max_quantity)
    return {
        "symbol": instrument.symbol,
        "baseCoin": instrument.base,
        "quoteCoin": instrument.quote,
        "innovation": "0",
        "status": "Trading",
        "marginTrading": "none",
        "stTag": "0",
        "lotSizeFilter": {
            "basePrecision": amount(instrument.lot_size),
            "quotePrecision": amount(_UNIT),
            "minOrderQty": amount(instrument.lot_size),
            "maxOrderQty": largest,
            "minOrderAmt": amount(instrument.min_notional),
            "maxOrderAmt": amount(MAX_NOTIONAL),
            "maxLimitOrderQty": largest,
            "maxMarketOrderQty": amount(instrument.max_quantity / MARKET_MAX_DIVISOR),
            "postOnlyMaxLimitOrderSize": largest,
        },
        "priceFilter": {"tickSize": amount(instrument.tick_size)},
        "riskParameters": {
            "priceLimitRatioX": amount(1 - PERCENT_DOWN),
            "priceLimitRatioY": amount(PERCENT_UP - 1),
        },
    }


def render_ticker(book: Book, day: Bar) -> Json:
    one = book.instrument
    bids, asks = book.top(1)
    return {
        "symbol": one.symbol,
        "bid1Price": amount(one.price(bids[0].ticks)),
        "bid1Size": amount(one.quantity(bids[0].lots)),
        "ask1Price": amount(one.price(asks[0].ticks)),
        "ask1Size": amount(one.quantity(asks[0].lots)),
        "lastPrice": amount(one.price(book.ticks)),
        "prevPrice24h": amount(one.price(day.open)),
        "price24hPcnt": f"{Decimal(book.ticks - day.open) / day.open:.4f}",
        "highPrice24h": amount(one.price(max(day.high, book.ticks))),
        "lowPrice24h": amount(one.price(min(day.low, book.ticks))),
        "turnover24h": amount(_UNIT * worth_units(one, day, day.volume)),
        "volume24h": amount(one.quantity(day.volume)),
    }


def render_candle(instrument: Instrument, candle: Candle) -> list[str]:
    """A kline: open time, prices, volume, turnover."""
    bar = candle.bar
    return [
        str(candle.open_time),
        *(amount(instrument.price(ticks)) for ticks in bar[:4]),
        amount(instrument.quantity(bar.volume)),
        amount(_UNIT * worth_units(instrument, bar, bar.volume)),
    ]


def order_status(order: Order) -> str:
    """What is left of an order that cannot rest is cancelled, also what a purchase by value could not spend."""
    if order.is_open:
        return _OPEN_STATUSES[order.status]
    if not order.executed_quantity:
        return "Cancelled"
    unspent = order.is_by_quote and order.executed_quote < order.quote_quantity
    return "Filled" if order.status is OrderStatus.FILLED and not unspent else "PartiallyFilledCanceled"


def render_order(order: Order, fills: Sequence[Fill]) -> Json:
    by_quote, filled = order.is_by_quote, order.executed_quantity
    leaves = order.remaining if order.is_open else ZERO
    fee = sum((fill.fee for fill in fills), ZERO)
    return {
        "orderId": ids.order_id(order.id),
        "orderLinkId": order.client_order_id,
        "blockTradeId": "",
        "symbol": order.symbol,
        "price": amount(order.price),
        "qty": amount(order.quote_quantity if by_quote else order.quantity),
        "side": _side(order.side),
        "isLeverage": "0",
        "positionIdx": 0,
        "orderStatus": order_status(order),
        "createType": "CreateByUser",
        "cancelType": "CancelByUser" if order.status is OrderStatus.CANCELED else "UNKNOWN",
        "rejectReason": _reject_reason(order),
        "avgPrice": f"{order.executed_quote / filled:.{ASSET_DECIMALS}f}" if filled else "",
        "leavesQty": amount(leaves),
        "leavesValue": amount(leaves * order.price),
        "cumExecQty": amount(filled),
        "cumExecValue": amount(order.executed_quote),
        "cumExecFee": amount(fee),
        "cumFeeDetail": {fills[0].fee_asset: amount(fee)} if fills else {},
        "timeInForce": _time_in_force(order),
        "orderType": _order_type(order),
        "marketUnit": _market_unit(order),
        **dict.fromkeys(("stopOrderType", "orderIv", "triggerPrice", "takeProfit", "stopLoss"), ""),
        "triggerDirection": 0,
        "reduceOnly": False,
        "closeOnTrigger": False,
        "smpType": "None",
        "createdTime": str(order.created_ms),
        "updatedTime": str(order.updated_ms),
    }


def render_execution(fill: Fill, order: Order) -> Json:
    return {
        "symbol": fill.symbol,
        "orderId": ids.order_id(fill.order_id),
        "orderLinkId": order.client_order_id,
        "side": _side(order.side),
        "orderPrice": amount(order.price),
        "orderQty": amount(order.quantity),
        "leavesQty": "0" if not order.is_open else amount(order.remaining),
        "orderType": _order_type(order),
        "execFee": amount(fill.fee),
        "feeCurrency": fill.fee_asset,
        "feeRate": amount(FEE_RATE),
        "execId": ids.execution_id(fill.id),
        "execPrice": amount(fill.price),
        "execQty": amount(fill.quantity),
        "execValue": amount(fill.quote_quantity),
        "execType": "Trade",
        "execTime": str(fill.time_ms),
        "isMaker": fill.is_maker,
        "isLeverage": "0",
        **dict.fromkeys(("stopOrderType", "markPrice", "indexPrice", "blockTradeId", "closedSize"), ""),
        "seq": fill.id,
    }


def _side(side: Side) -> str:
    return "Buy" if side is Side.BUY else "Sell"


def _order_type(order: Order) -> str:
    return "Market" if order.type is OrderType.MARKET else "Limit"


def _time_in_force(order: Order) -> str:
    """A market order is matched as one that cannot rest."""
    if order.type is OrderType.MARKET:
        return "IOC"
    return "PostOnly" if order.type is OrderType.LIMIT_MAKER else order.time_in_force.value


def _market_unit(order: Order) -> str:
    if order.type is not OrderType.MARKET:
        return ""
    return "quoteCoin" if order.is_by_quote else "baseCoin"


def _reject_reason(order: Order) -> str:
    if order.status is OrderStatus.CANCELED:
        return "EC_PerCancelRequest"
    return "EC_NoEnoughQtyToFill" if order.status is OrderStatus.EXPIRED else "EC_NoError"
