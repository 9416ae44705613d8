"""Binance spot: https://developers.binance.com/docs/binance-spot-api-docs.

An order is looked up by our client order id in one place. The id is free again once its order has closed, and
"Duplicate order sent" means that ours is open.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from exchanges.answers import Answer, Ask, retry_seconds
from exchanges.dialects import binance_parsing as parsing
from exchanges.dialects.base import exchange_symbol
from exchanges.dialects.reading import exact, identifier, milliseconds, moment, plain
from exchanges.domain import (
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
from exchanges.errors import ExchangeError, ExchangeUnavailable, KeyRefused, RateLimited, RequestRefused

NOT_FOUND = "-2013"
CANCEL_REJECTED = "-2011"
ACCOUNT_ORDER_LIMIT = "-1015"
RATE_CODES = frozenset({"-1003"})
KEY_CODES = frozenset({"-1002", "-1022", "-2008", "-2014", "-2015"})
# -1021 is a clock that is off: nothing is wrong with the request itself, and the same one succeeds later.
TRANSIENT_CODES = frozenset({"-1000", "-1001", "-1004", "-1006", "-1007", "-1008", "-1016", "-1021"})
ORDER_REFUSALS = frozenset({"-1013", "-1021", "-1022", "-2010", "-2014", "-2015"})

PAGE = 1_000
LONGEST_WINDOW = timedelta(hours=24)
# The 24 h ticker weighs 2 up to here and 40 above; the other two weigh 4 each however many symbols they name.
SYMBOLS_OF_LIGHT_TICKER = 20
UNKNOWN_PERMISSIONS = Permissions(None, None, None, None, None)


class BinanceDialect:
    client_order_ids = re.compile(r"[0-9A-Za-z_-]{1,36}")
    is_on_paper = True
    apis: Sequence[str] = ("public", "private", "sapi")
    options: Mapping[str, Any] = {}
    timeframes: Mapping[str, str] = {
        name: name for name in ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d")
    }

    def is_success(self, answer: Answer) -> bool:
        return answer.status == 200 and answer.body is not None and not error_code(answer).startswith("-")

    def read_error(self, answer: Answer) -> ExchangeError:
        code = error_code(answer)
        reason = str(answer.fields.get("msg", "")) or f"HTTP {answer.status} without a readable answer"
        if code == ACCOUNT_ORDER_LIMIT:
            return RequestRefused(reason, code)  # this account's own limit: nobody else has to wait for it
        if answer.status in (403, 418, 429) or code in RATE_CODES:
            return RateLimited(reason, code, retry_seconds(answer))
        if code in KEY_CODES:
            return KeyRefused(reason, code)
        if not code or answer.status >= 500 or answer.status < 400 or code in TRANSIENT_CODES:
            return ExchangeUnavailable(reason, code)
        return RequestRefused(reason, code)

    def is_definite_no(self, answer: Answer) -> bool:
        code = error_code(answer)
        if answer.status in (418, 429):
            return bool(code)
        duplicate = code == "-2010" and "duplicate" in str(answer.fields.get("msg", "")).lower()
        return 400 <= answer.status < 500 and code in ORDER_REFUSALS and not duplicate

    def send_order(self, ask: Ask, order: OrderRequest) -> str:
        body = ask("private", "POST", "order", order_parameters(order))
        echoed = body["clientOrderId"] == order.client_order_id and body["symbol"] == exchange_symbol(
            order.symbol
        )
        if not echoed:
            raise ValueError("the acknowledgement is for another order")
        return identifier(body["orderId"])

    def find_order(self, ask: Ask, symbol: str, client_order_id: str) -> ExchangeOrder | None:
        names = {"symbol": exchange_symbol(symbol), "origClientOrderId": client_order_id}
        try:
            order = parsing.read_order(ask("private", "GET", "order", names), symbol)
        except RequestRefused as refusal:
            if refusal.code == NOT_FOUND:
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
            if refusal.code != CANCEL_REJECTED or "unknown order" not in refusal.reason.lower():
                raise

    def list_order_fills(self, ask: Ask, symbol: str, exchange_order_id: str) -> list[ExchangeFill]:
        of_order = {"orderId": exchange_order_id}
        rows = first = fetch_page(ask, "myTrades", symbol, of_order)
        if len(first) == PAGE:
            rows = first + follow(ask, "myTrades", symbol, ("fromId", "id"), first, of_order)
        return [parsing.read_fill(row, symbol) for row in rows]

    def list_fills(self, ask: Ask, symbol: str, since: datetime, now: datetime) -> list[ExchangeFill]:
        rows = list_since(ask, "myTrades", symbol, ("fromId", "id"), since, now)
        return [parsing.read_fill(row, symbol) for row in rows]

    def list_orders(self, ask: Ask, symbol: str, since: datetime, now: datetime) -> list[ExchangeOrder]:
        rows = list_since(ask, "allOrders", symbol, ("orderId", "orderId"), since, now)
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


def error_code(answer: Answer) -> str:
    """Binance's own code, such as `-2015`; empty where the body has none."""
    code = answer.fields.get("code", "")
    return str(code) if isinstance(code, int | str) else ""


def order_parameters(order: OrderRequest) -> dict[str, str]:
    parameters = {
        "symbol": exchange_symbol(order.symbol),
        "side": order.side.value.upper(),
        "type": order.type.value.upper(),
        "quantity": plain(order.quantity),
        "newClientOrderId": order.client_order_id,
        "newOrderRespType": "ACK",
    }
    if order.type == OrderType.LIMIT and order.limit_price is not None:
        parameters |= {"price": plain(order.limit_price), "timeInForce": "GTC"}
    return parameters


def fetch_page(ask: Ask, path: str, symbol: str, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = ask("private", "GET", path, {"symbol": exchange_symbol(symbol), "limit": PAGE, **request})
    if not isinstance(rows, list):
        raise ValueError("not a list")
    return rows


def follow(
    ask: Ask,
    path: str,
    symbol: str,
    cursor: tuple[str, str],
    rows: list[dict[str, Any]],
    request: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Everything after `rows`, page by page. `cursor` is the parameter that starts a page and the field it counts."""
    parameter, field = cursor
    found: list[dict[str, Any]] = []
    following = int(rows[-1][field]) + 1
    while True:
        page = fetch_page(ask, path, symbol, {**(request or {}), parameter: following})
        if page and int(page[0][field]) < following:
            raise ValueError("the exchange did not continue where it was asked to")
        found += page
        if len(page) < PAGE:
            return found
        following = int(page[-1][field]) + 1


def list_since(
    ask: Ask, path: str, symbol: str, cursor: tuple[str, str], since: datetime, now: datetime
) -> list[dict[str, Any]]:
    """All rows from `since` on. Time is asked in windows of a day until something is found, then ids lead to the end.

    Ids and not times: two rows may share a millisecond, and a page that ends between them would lose one.
    """
    start = since
    while now - start > LONGEST_WINDOW:
        end = start + LONGEST_WINDOW
        rows = fetch_page(
            ask, path, symbol, {"startTime": milliseconds(start), "endTime": milliseconds(end) - 1}
        )
        if rows:
            return rows + follow(ask, path, symbol, cursor, rows)
        start = end
    # No end: the exchange's clock may be ahead of ours.
    rows = fetch_page(ask, path, symbol, {"startTime": milliseconds(start)})
    return rows + follow(ask, path, symbol, cursor, rows) if len(rows) == PAGE else rows
