"""Plausible answers of both exchanges, so that every method of the gateway runs to its end against a fake."""

import time
from typing import Any

from exchanges.tests.fake_exchange import Asked, Reply

MINUTE_MS = 60_000
FIXED_MS = 1772366400123


def binance_answer(asked: Asked) -> Any:
    """What Binance answers to this request, with nothing in the account."""
    path = asked.path.rsplit("/", 1)[-1]
    now = int(time.time() * 1_000)
    ticker = {"bidPrice": "1.00", "askPrice": "1.02", "lastPrice": "1.01", "price": "1.01", "closeTime": now}
    answers: dict[str, Any] = {
        "time": {"serverTime": now},
        "exchangeInfo": {"symbols": [binance_instrument("BTC", "USDT")]},
        "24hr": [{"symbol": "BTCUSDT", **ticker}],
        "bookTicker": [{"symbol": "BTCUSDT", **ticker}],
        "price": [{"symbol": "BTCUSDT", **ticker}],
        "klines": [[now - MINUTE_MS, "1", "2", "1", "2", "5"], [now, "2", "3", "2", "3", "5"]],
        "account": {"balances": [{"asset": "BTC", "free": "1.00000000", "locked": "0.50000000"}]},
        "apiRestrictions": {
            "enableSpotAndMarginTrading": True,
            "enableWithdrawals": False,
            "ipRestrict": True,
        },
        "myTrades": [],
        "allOrders": [],
        "order": binance_order(asked, now),
    }
    return answers[path]


def binance_order(asked: Asked, now: int) -> dict[str, Any]:
    client_order_id = asked.fields.get("newClientOrderId") or asked.fields.get("origClientOrderId")
    return {
        "symbol": "BTCUSDT",
        "orderId": 7,
        "clientOrderId": client_order_id,
        "side": "BUY",
        "type": "MARKET",
        "status": "FILLED",
        "origQty": "0.00100000",
        "executedQty": "0.00100000",
        "time": now,
    }


def binance_instrument(base: str, quote: str, status: str = "TRADING") -> dict[str, Any]:
    return {
        "symbol": base + quote,
        "status": status,
        "baseAsset": base,
        "quoteAsset": quote,
        "isSpotTradingAllowed": True,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": "0.01",
                "maxPrice": "1000000.00",
                "tickSize": "0.01000000",
            },
            {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.0", "stepSize": "0.00001000"},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "0.0", "maxQty": "120.5", "stepSize": "0.00000000"},
            {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True},
        ],
    }


def bybit_answer(asked: Asked) -> Any:
    """What Bybit answers to this request, with nothing in the account."""
    now = int(time.time() * 1_000)
    row = {"symbol": "BTCUSDT", "bid1Price": "1.00", "ask1Price": "1.02", "lastPrice": "1.01"}
    results: dict[str, Any] = {
        "time": {},
        "instruments-info": {"list": [bybit_instrument("BTC", "USDT")], "nextPageCursor": ""},
        "tickers": {"list": [row]},
        "kline": {
            "list": [[str(now), "2", "3", "2", "3", "5"], [str(now - MINUTE_MS), "1", "2", "1", "2", "5"]]
        },
        "wallet-balance": {"list": [{"coin": [{"coin": "BTC", "walletBalance": "1.5", "locked": "0.5"}]}]},
        "query-api": {"readOnly": 0, "permissions": {"Spot": ["SpotTrade"], "Wallet": []}, "ips": ["*"]},
        "realtime": {"list": [bybit_order(asked, now)], "nextPageCursor": ""},
        "history": {"list": [], "nextPageCursor": ""},
        "create": {"orderId": "7", "orderLinkId": asked.fields.get("orderLinkId")},
        "cancel": {"orderId": "7"},
    }
    result = {"list": []} if asked.path.endswith("execution/list") else results[asked.path.rsplit("/", 1)[-1]]
    return {"retCode": 0, "retMsg": "OK", "result": result, "time": now}


def bybit_order(asked: Asked, now: int) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT",
        "orderId": asked.fields.get("orderId", "7"),
        "orderLinkId": asked.fields.get("orderLinkId", ""),
        "side": "Buy",
        "orderType": "Market",
        "orderStatus": "Filled",
        "qty": "0.001",
        "cumExecQty": "0.001",
        "createdTime": str(now),
    }


def bybit_instrument(base: str, quote: str, status: str = "Trading") -> dict[str, Any]:
    return {
        "symbol": base + quote,
        "baseCoin": base,
        "quoteCoin": quote,
        "status": status,
        "lotSizeFilter": {
            "basePrecision": "0.000001",
            "quotePrecision": "0.0000001",
            "minOrderQty": "0.000011",
            "maxOrderQty": "83",
            "minOrderAmt": "5",
            "maxMarketOrderQty": "41.5",
        },
        "priceFilter": {"tickSize": "0.01"},
    }


def bybit_list(*rows: Any, cursor: str = "") -> Reply:
    """A page of a list, told at the moment that these tests have fixed."""
    return Reply({"retCode": 0, "result": {"list": list(rows), "nextPageCursor": cursor}, "time": FIXED_MS})
