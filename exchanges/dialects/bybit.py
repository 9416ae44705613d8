"""Bybit v5, spot on a unified account: https://bybit-exchange.github.io/docs/v5/intro."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from exchanges.answers import Answer, Ask
from exchanges.dialects import bybit_limits as limits
from exchanges.dialects import bybit_parsing as parsing
from exchanges.dialects import bybit_ways as ways
from exchanges.dialects.base import exchange_symbol
from exchanges.dialects.bybit_lists import LONGEST_WINDOW, SPOT, find_row, list_pages, list_since
from exchanges.dialects.bybit_streams import BybitStreams
from exchanges.dialects.reading import milliseconds, moment, plain
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

FILLS_PAGE = 100
ORDERS_PAGE = 50


class BybitDialect:
    limit = limits.LIMIT
    order_path = "v5/order/create"
    client_order_ids = ways.CLIENT_ORDER_IDS
    is_on_paper = True
    apis: Sequence[str] = ("public", "private")
    options: Mapping[str, Any] = {"brokerId": "Cardume"}
    timeframes: Mapping[str, str] = {
        "1m": "1",
        "3m": "3",
        "5m": "5",
        "15m": "15",
        "30m": "30",
        "1h": "60",
        "4h": "240",
        "1d": "D",
    }
    streams: StreamDialect | None = BybitStreams(timeframes)

    def weigh(self, method: str, path: str, params: Mapping[str, Any]) -> int:  # noqa: ARG002 -- all the same
        return 1

    def read_limit(self, path: str, body: Any) -> int | None:  # noqa: ARG002 -- no answer names it
        return None

    def used_weight(self, headers: Mapping[str, str]) -> int | None:  # noqa: ARG002 -- no answer tells it
        return None

    def pause_seconds(self, headers: Mapping[str, str], now: datetime) -> float:
        return limits.pause_seconds(headers, now)

    def is_success(self, answer: Answer) -> bool:
        return ways.is_success(answer)

    def read_error(self, answer: Answer) -> ExchangeError:
        return ways.read_error(answer)

    def is_definite_no(self, answer: Answer) -> bool:
        return ways.is_definite_no(answer)

    def send_order(self, ask: Ask, order: OrderRequest) -> Acknowledgement:
        body = ask("private", "POST", self.order_path, order_parameters(order))
        return ways.read_acknowledgement(body, order)

    def find_order(self, ask: Ask, symbol: str, client_order_id: str) -> ExchangeOrder | None:
        found = find_row(ask, symbol, {"orderLinkId": client_order_id})
        if found is None:
            return None
        order = parsing.read_order(found[0], symbol)
        if order.client_order_id != client_order_id:
            raise ValueError("the answer is for another order")
        return order

    def cancel_order(self, ask: Ask, symbol: str, client_order_id: str) -> None:
        names = {**SPOT, "symbol": exchange_symbol(symbol), "orderLinkId": client_order_id}
        try:
            ask("private", "POST", "v5/order/cancel", names)
        except RequestRefused as refusal:
            if refusal.code not in ways.ALREADY_CLOSED:
                raise

    def list_order_fills(self, ask: Ask, symbol: str, exchange_order_id: str) -> list[ExchangeFill]:
        """Without a time the exchange looks back seven days only, so an older order is asked from its creation on."""
        path, request = "v5/execution/list", {"orderId": exchange_order_id, "limit": FILLS_PAGE}
        found = find_row(ask, symbol, {"orderId": exchange_order_id})
        created, now = (None, None) if found is None else (moment(found[0]["createdTime"]), found[1])
        if created is None or now is None or now - created < LONGEST_WINDOW:
            rows = list_pages(ask, path, symbol, request)
        else:
            rows = list_since(ask, path, symbol, request, created, now)
        return parsing.read_fills(rows, symbol)

    def list_fills(self, ask: Ask, symbol: str, since: datetime, now: datetime) -> list[ExchangeFill]:
        rows = list_since(ask, "v5/execution/list", symbol, {"limit": FILLS_PAGE}, since, now)
        return parsing.read_fills(rows, symbol)

    def list_orders(self, ask: Ask, symbol: str, since: datetime, now: datetime) -> list[ExchangeOrder]:
        """History lacks what is still open and lags; the real-time list has that and, asked for, what closed last.

        Asked in this order, one that closes meanwhile is in the last answer.
        """
        request = {"limit": ORDERS_PAGE}
        rows = list_since(ask, "v5/order/history", symbol, request, since, now)
        for which in ("0", "1"):
            rows += list_pages(ask, "v5/order/realtime", symbol, {**request, "openOnly": which}, until=since)
        found = {row["orderId"]: row for row in rows}
        orders = [parsing.read_order(row, symbol) for row in found.values()]
        return sorted(
            (order for order in orders if order.created_at >= since), key=lambda order: order.created_at
        )

    def fetch_balances(self, ask: Ask) -> list[Balance]:
        accounts = ask("private", "GET", "v5/account/wallet-balance", {"accountType": "UNIFIED"})["result"][
            "list"
        ]
        coins = [coin for account in accounts for coin in account["coin"]]
        return [parsing.read_balance(coin) for coin in coins]

    def fetch_permissions(self, ask: Ask, environment: Environment) -> Permissions:  # noqa: ARG002 -- the same in each
        return parsing.read_permissions(ask("private", "GET", "v5/user/query-api")["result"])

    def fetch_time(self, ask: Ask) -> datetime:
        return moment(ask("public", "GET", "v5/market/time")["time"])

    def fetch_instruments(self, ask: Ask) -> list[Instrument]:
        rows = list_pages(ask, "v5/market/instruments-info", None, {"limit": 1_000}, api="public")
        return [parsing.read_instrument(row) for row in rows]

    def fetch_tickers(self, ask: Ask, symbols: Sequence[str]) -> tuple[list[Ticker], datetime | None]:
        """There is no list of symbols to name: one, or all in one answer. A pair that was delisted is not among them."""
        if not symbols:
            return [], None
        one = {"symbol": exchange_symbol(symbols[0])} if len(symbols) == 1 else {}
        answer = ask("public", "GET", "v5/market/tickers", {**SPOT, **one})
        rows = {row["symbol"]: row for row in answer["result"]["list"]}
        listed = [symbol for symbol in symbols if exchange_symbol(symbol) in rows]
        if not listed:
            raise ValueError("none of what was asked for is in the answer")
        tickers = [parsing.read_ticker(rows[exchange_symbol(symbol)], symbol) for symbol in listed]
        return tickers, moment(answer["time"])

    def fetch_candles(
        self, ask: Ask, symbol: str, timeframe: str, limit: int, since: datetime | None
    ) -> list[Candle]:
        request: dict[str, Any] = {
            **SPOT,
            "symbol": exchange_symbol(symbol),
            "interval": self.timeframes[timeframe],
            "limit": limit,
        }
        if since is not None:
            request["start"] = milliseconds(since)
        newest_first = ask("public", "GET", "v5/market/kline", request)["result"]["list"]
        return [parsing.read_candle(row) for row in reversed(newest_first)]


def order_parameters(order: OrderRequest) -> dict[str, str]:
    """`marketUnit` makes the quantity of a market buy one of base asset; the default is quote."""
    parameters = {
        **SPOT,
        "symbol": exchange_symbol(order.symbol),
        "side": order.side.value.capitalize(),
        "orderType": order.type.value.capitalize(),
        "qty": plain(order.quantity),
        "orderLinkId": order.client_order_id,
    }
    if order.type == OrderType.MARKET:
        return parameters | {"marketUnit": "baseCoin"}
    if order.limit_price is None:
        raise ValueError("a limit order needs a limit price")
    return parameters | {"price": plain(order.limit_price), "timeInForce": "GTC"}
