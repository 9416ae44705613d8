"""Binance spot: https://developers.binance.com/docs/binance-spot-api-docs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from exchanges.answers import Answer, Ask
from exchanges.dialects import binance_limits as limits
from exchanges.dialects import binance_lists as lists
from exchanges.dialects import binance_parsing as parsing
from exchanges.dialects import binance_ways as ways
from exchanges.dialects.base import exchange_symbol
from exchanges.dialects.binance_streams import BinanceStreams
from exchanges.dialects.reading import exact, milliseconds, moment, plain
from exchanges.dialects.streams import StreamDialect
from exchanges.domain import (
    Acknowledgement,
    Balance,
    Candle,
    Environment,
    ExchangeFill,
    ExchangeOrder,
    Instrument,
    OrderRequest,
    OrderType,
    Permissions,
    Ticker,
)
from exchanges.errors import ExchangeError, RequestRefused

# The 24 h ticker weighs 2 up to here and 40 above; the other two weigh 4 each however many symbols they name.
SYMBOLS_OF_LIGHT_TICKER = 20
UNKNOWN_PERMISSIONS = Permissions(None, None, None, None, None)


class BinanceDialect:
    limit = limits.LIMIT
    order_path = "order"
    client_order_ids = ways.CLIENT_ORDER_IDS
    is_on_paper = True
    apis: Sequence[str] = ("public", "private", "sapi")
    options: Mapping[str, Any] = {}
    timeframes: Mapping[str, str] = {
        name: name for name in ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d")
    }
    streams: StreamDialect | None = BinanceStreams()

    def weigh(self, method: str, path: str, params: Mapping[str, Any]) -> int:
        return limits.weigh(method, path, params)

    def read_limit(self, path: str, body: Any) -> int | None:
        return limits.read_limit(path, body)

    def used_weight(self, headers: Mapping[str, str]) -> int | None:
        return limits.used_weight(headers)

    def pause_seconds(self, headers: Mapping[str, str], now: datetime) -> float:
        return limits.pause_seconds(headers, now)

    def is_success(self, answer: Answer) -> bool:
        return ways.is_success(answer)

    def read_error(self, answer: Answer) -> ExchangeError:
        return ways.read_error(answer)

    def is_definite_no(self, answer: Answer) -> bool:
        return ways.is_definite_no(answer)

    def send_order(self, ask: Ask, order: OrderRequest) -> Acknowledgement:
        return ways.read_acknowledgement(
            ask("private", "POST", self.order_path, order_parameters(order)), order
        )

    def find_order(self, ask: Ask, symbol: str, client_order_id: str) -> ExchangeOrder | None:
        names = {"symbol": exchange_symbol(symbol), "origClientOrderId": client_order_id}
        try:
            order = parsing.read_order(ask("private", "GET", "order", names), symbol)
        except RequestRefused as refusal:
            if refusal.code == ways.NOT_FOUND:
                return None
            raise
        if order.client_order_id != client_order_id:
            raise ValueError("the answer is for another order")
        return order

    def cancel_order(self, ask: Ask, symbol: str, client_order_id: str) -> None:
        names = {"symbol": exchange_symbol(symbol), "origClientOrderId": client_order_id}
        try:
            ask("private", "DELETE", "order", names)
        except RequestRefused as refusal:
            if refusal.code != ways.CANCEL_REJECTED or "unknown order" not in refusal.reason.lower():
                raise

    def list_order_fills(self, ask: Ask, symbol: str, exchange_order_id: str) -> list[ExchangeFill]:
        of_order = {"orderId": exchange_order_id}
        rows = first = lists.fetch_page(ask, "myTrades", symbol, of_order)
        if len(first) == lists.PAGE:
            rows = first + lists.follow(ask, "myTrades", symbol, ("fromId", "id"), first, of_order)
        return [parsing.read_fill(row, symbol) for row in rows]

    def list_fills(self, ask: Ask, symbol: str, since: datetime, now: datetime) -> list[ExchangeFill]:
        rows = lists.list_since(ask, "myTrades", symbol, ("fromId", "id"), since, now)
        return [parsing.read_fill(row, symbol) for row in rows]

    def list_orders(self, ask: Ask, symbol: str, since: datetime, now: datetime) -> list[ExchangeOrder]:
        rows = lists.list_since(ask, "allOrders", symbol, ("orderId", "orderId"), since, now)
        return [parsing.read_order(row, symbol) for row in rows]

    def fetch_balances(self, ask: Ask) -> list[Balance]:
        rows = ask("private", "GET", "account")["balances"]
        return [Balance(str(row["asset"]), exact(row["free"]), exact(row["locked"])) for row in rows]

    def fetch_permissions(self, ask: Ask, environment: Environment) -> Permissions:
        if environment == Environment.TESTNET:
            ask("private", "GET", "account")  # no /sapi there, but a wrong key is still refused
            return UNKNOWN_PERMISSIONS
        return parsing.read_permissions(ask("sapi", "GET", "account/apiRestrictions"))

    def fetch_time(self, ask: Ask) -> datetime:
        return moment(ask("public", "GET", "time")["serverTime"])

    def fetch_instruments(self, ask: Ask) -> list[Instrument]:
        rows = ask("public", "GET", "exchangeInfo")["symbols"]
        return [parsing.read_instrument(row) for row in rows if row["isSpotTradingAllowed"]]

    def fetch_tickers(self, ask: Ask, symbols: Sequence[str]) -> tuple[list[Ticker], datetime | None]:
        if not symbols:
            return [], None
        names = {
            "symbols": json.dumps([exchange_symbol(symbol) for symbol in symbols], separators=(",", ":"))
        }
        light = len(symbols) <= SYMBOLS_OF_LIGHT_TICKER
        answer = ask("public", "GET", "ticker/24hr" if light else "ticker/bookTicker", names)
        rows = {row["symbol"]: row for row in answer}
        if not light:
            for row in ask("public", "GET", "ticker/price", names):
                rows[row["symbol"]]["lastPrice"] = row["price"]
        tickers = [parsing.read_ticker(rows[exchange_symbol(symbol)], symbol) for symbol in symbols]
        return tickers, moment(max(row["closeTime"] for row in answer)) if light else None

    def fetch_candles(
        self, ask: Ask, symbol: str, timeframe: str, limit: int, since: datetime | None
    ) -> list[Candle]:
        request: dict[str, Any] = {"symbol": exchange_symbol(symbol), "interval": timeframe, "limit": limit}
        if since is not None:
            request["startTime"] = milliseconds(since)
        return [parsing.read_candle(row) for row in ask("public", "GET", "klines", request)]


def order_parameters(order: OrderRequest) -> dict[str, str]:
    parameters = {
        "symbol": exchange_symbol(order.symbol),
        "side": order.side.value.upper(),
        "type": order.type.value.upper(),
        "quantity": plain(order.quantity),
        "newClientOrderId": order.client_order_id,
        "newOrderRespType": "FULL",
    }
    if order.type == OrderType.LIMIT and order.limit_price is not None:
        parameters |= {"price": plain(order.limit_price), "timeInForce": "GTC"}
    return parameters
