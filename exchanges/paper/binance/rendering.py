"""Answers in Binance's form: amounts as strings of eight decimals."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..bars import Bar, Candle, worth_units
from ..book import Book, Level
from ..instruments import Instrument
from ..orders import ZERO, Fill, Order
from ..rules import (
    MARKET_MAX_DIVISOR,
    MAX_NOTIONAL,
    MAX_OPEN_ORDERS,
    MAX_PRICE_TICKS,
    PERCENT_DOWN,
    PERCENT_UP,
)
from ..settlement import FEE_RATE

Json = dict[str, Any]
_PRECISION = 8
_SELF_TRADE = "EXPIRE_MAKER"


def amount(value: Decimal) -> str:
    return f"{value:.8f}"


def price_text(instrument: Instrument, ticks: int) -> str:
    """A price with eight decimals, straight from its ticks."""
    return _scaled(ticks * instrument.tick_units)


def quantity_text(instrument: Instrument, lots: int) -> str:
    return _scaled(lots * instrument.lot_units)


def _scaled(units: int) -> str:
    whole, fraction = divmod(units, 10**_PRECISION)
    return f"{whole}.{fraction:08d}"


def render_instrument(instrument: Instrument) -> Json:
    """One entry of exchangeInfo's `symbols`."""
    return {
        "symbol": instrument.symbol,
        "status": "TRADING",
        "baseAsset": instrument.base,
        "baseAssetPrecision": _PRECISION,
        "quoteAsset": instrument.quote,
        "quotePrecision": _PRECISION,
        "quoteAssetPrecision": _PRECISION,
        "baseCommissionPrecision": _PRECISION,
        "quoteCommissionPrecision": _PRECISION,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "amendAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _render_filters(instrument),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": _SELF_TRADE,
        "allowedSelfTradePreventionModes": [_SELF_TRADE],
    }


def _render_filters(instrument: Instrument) -> list[Json]:
    tick, lot = amount(instrument.tick_size), amount(instrument.lot_size)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": tick,
            "maxPrice": amount(instrument.price(MAX_PRICE_TICKS)),
            "tickSize": tick,
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": lot,
            "maxQty": amount(instrument.max_quantity),
            "stepSize": lot,
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": amount(ZERO),
            "maxQty": amount(instrument.max_quantity / MARKET_MAX_DIVISOR),
            "stepSize": amount(ZERO),
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": str(PERCENT_UP),
            "bidMultiplierDown": str(PERCENT_DOWN),
            "askMultiplierUp": str(PERCENT_UP),
            "askMultiplierDown": str(PERCENT_DOWN),
            "avgPriceMins": 0,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": amount(instrument.min_notional),
            "applyMinToMarket": True,
            "maxNotional": amount(MAX_NOTIONAL),
            "applyMaxToMarket": False,
            "avgPriceMins": 0,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": MAX_OPEN_ORDERS},
    ]


def render_candle(instrument: Instrument, candle: Candle) -> list[Any]:
    """A kline: open time, prices, volume, close time, quote volume, trades, half of the volume as taker buys."""
    bar = candle.bar
    return [
        candle.open_time,
        price_text(instrument, bar.open),
        price_text(instrument, bar.high),
        price_text(instrument, bar.low),
        price_text(instrument, bar.close),
        quantity_text(instrument, bar.volume),
        candle.close_time,
        _quote_volume(instrument, bar, bar.volume),
        bar.trades,
        quantity_text(instrument, bar.volume // 2),
        _quote_volume(instrument, bar, bar.volume // 2),
        "0",
    ]


def _quote_volume(instrument: Instrument, bar: Bar, lots: int) -> str:
    return _scaled(worth_units(instrument, bar, lots))


def render_price(instrument: Instrument, ticks: int) -> Json:
    return {"symbol": instrument.symbol, "price": price_text(instrument, ticks)}


def render_best(book: Book) -> Json:
    """The best bid and ask."""
    bids, asks = book.top(1)
    return {"symbol": book.instrument.symbol, **_best_fields(book.instrument, bids[0], asks[0])}


def _best_fields(instrument: Instrument, bid: Level, ask: Level) -> Json:
    return {
        "bidPrice": price_text(instrument, bid.ticks),
        "bidQty": quantity_text(instrument, bid.lots),
        "askPrice": price_text(instrument, ask.ticks),
        "askQty": quantity_text(instrument, ask.lots),
    }


def render_depth(book: Book, limit: int) -> Json:
    def rows(levels: Iterable[Level]) -> list[list[str]]:
        one = book.instrument
        return [[price_text(one, level.ticks), quantity_text(one, level.lots)] for level in levels]

    bids, asks = book.top(limit)
    return {"lastUpdateId": book.second, "bids": rows(bids), "asks": rows(asks)}


def render_day(book: Book, bar: Bar, open_ms: int, close_ms: int, first_id: int) -> Json:
    """A full 24-hour ticker."""
    one = book.instrument
    bids, asks = book.top(1)
    change = Decimal(bar.close - bar.open) / bar.open * 100
    quote_volume = _quote_volume(one, bar, bar.volume)
    average = Decimal(quote_volume) / one.quantity(bar.volume) if bar.volume else one.price(bar.close)
    return {
        "symbol": one.symbol,
        "priceChange": amount(one.price(bar.close - bar.open)),
        "priceChangePercent": f"{change:.3f}",
        "weightedAvgPrice": amount(average),
        "prevClosePrice": price_text(one, bar.open),
        "lastPrice": price_text(one, bar.close),
        "lastQty": quantity_text(one, max(1, bar.volume // max(1, bar.trades))),
        **_best_fields(one, bids[0], asks[0]),
        "openPrice": price_text(one, bar.open),
        "highPrice": price_text(one, bar.high),
        "lowPrice": price_text(one, bar.low),
        "volume": quantity_text(one, bar.volume),
        "quoteVolume": quote_volume,
        "openTime": open_ms,
        "closeTime": close_ms,
        "firstId": first_id,
        "lastId": first_id + bar.trades - 1,
        "count": bar.trades,
    }


def render_order(order: Order) -> Json:
    """An order as queries show it."""
    return {
        **_order_core(order),
        "stopPrice": amount(ZERO),
        "icebergQty": amount(ZERO),
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": True,
        "workingTime": order.created_ms,
        "selfTradePreventionMode": _SELF_TRADE,
    }


def _order_core(order: Order) -> Json:
    return {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        "price": amount(order.price),
        "origQty": amount(order.quantity),
        "executedQty": amount(order.executed_quantity),
        "origQuoteOrderQty": amount(order.quote_quantity),
        "cummulativeQuoteQty": amount(order.executed_quote),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
    }


def render_placed(order: Order, fills: list[Fill], response_type: str) -> Json:
    """The answer to a new order: ACK, RESULT or FULL."""
    if response_type == "ACK":
        return {
            "symbol": order.symbol,
            "orderId": order.id,
            "orderListId": -1,
            "clientOrderId": order.client_order_id,
            "transactTime": order.updated_ms,
        }
    answer = {
        **_order_core(order),
        "transactTime": order.updated_ms,
        "workingTime": order.created_ms,
        "selfTradePreventionMode": _SELF_TRADE,
    }
    if response_type == "FULL":
        answer["fills"] = [_render_own_fill(fill) for fill in fills]
    return answer


def _render_own_fill(fill: Fill) -> Json:
    return {
        "price": amount(fill.price),
        "qty": amount(fill.quantity),
        "commission": amount(fill.fee),
        "commissionAsset": fill.fee_asset,
        "tradeId": fill.id,
    }


def render_canceled(order: Order, cancel_id: str) -> Json:
    return {
        **_order_core(order),
        "origClientOrderId": order.client_order_id,
        "clientOrderId": cancel_id,
        "transactTime": order.updated_ms,
        "selfTradePreventionMode": _SELF_TRADE,
    }


def render_fill(fill: Fill) -> Json:
    """An entry of myTrades."""
    return {
        "symbol": fill.symbol,
        "id": fill.id,
        "orderId": fill.order_id,
        "orderListId": -1,
        "price": amount(fill.price),
        "qty": amount(fill.quantity),
        "quoteQty": amount(fill.quote_quantity),
        "commission": amount(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": fill.time_ms,
        "isBuyer": fill.is_buyer,
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


def render_rates() -> Json:
    rate = amount(FEE_RATE)
    return {"maker": rate, "taker": rate, "buyer": amount(ZERO), "seller": amount(ZERO)}
