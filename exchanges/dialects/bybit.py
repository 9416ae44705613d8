"""Bybit v5, spot on a unified account: https://bybit-exchange.github.io/docs/v5/intro.

An acknowledgement says that an order was accepted, and for a moment it may be listed nowhere. It is looked up by our
client order id among the open and last closed orders, then in the history. The id is never free again: a refusal as a
duplicate means that ours exists, so it is no refusal of ours. Refusals come with HTTP 200 and a code.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from exchanges.answers import Answer, Ask, retry_seconds
from exchanges.dialects import bybit_parsing as parsing
from exchanges.dialects.base import exchange_symbol
from exchanges.dialects.reading import identifier, milliseconds, moment, plain
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

SPOT = {"category": "spot"}
# 10006 is one account's limit and not the address's: it is among the transient ones, so that nobody else waits for it.
RATE_CODES = frozenset({"10018", "10429"})
KEY_CODES = frozenset({"-2015", "10003", "10004", "10005", "10007", "10010", "33004"})
TRANSIENT_CODES = frozenset({"10000", "10002", "10006", "10016", "10019", "170001", "170007", "170032"})
ALREADY_CLOSED = frozenset({"110001", "110008", "110010", "170139", "170142", "170143", "170190", "170213"})
IP_BANNED = "10009"
# The gateway's own, before the trading service hears of an order. 10000, 10016 and 170007 come after that: unknown.
REFUSED_BEFORE_TRADING = frozenset({"10001", "10002", "10006", "10018", "10024", "10027", "10028", "10029"})
REFUSED_ORDER = frozenset(
    {"110003", "110004", "110007", "110012", "110020", "110094"}
    | {
        "170005",
        "170105",
        "170115",
        "170116",
        "170117",
        "170121",
        "170124",
        "170130",
        "170131",
        "170132",
        "170133",
    }
    | {
        "170134",
        "170135",
        "170136",
        "170137",
        "170140",
        "170148",
        "170151",
        "170157",
        "170159",
        "170192",
        "170193",
    }
    | {
        "170194",
        "170197",
        "170198",
        "170201",
        "170209",
        "170217",
        "170218",
        "170228",
        "170229",
        "170371",
        "170372",
    }
)
ORDER_REFUSALS = REFUSED_BEFORE_TRADING | REFUSED_ORDER | KEY_CODES

FILLS_PAGE = 100
ORDERS_PAGE = 50
LONGEST_WINDOW = timedelta(days=7)
# An address that asked too often gets a bare 403 for ten minutes.
BAN_SECONDS = 600.0


class BybitDialect:
    client_order_ids = re.compile(r"[0-9A-Za-z_-]{1,36}")
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

    def is_success(self, answer: Answer) -> bool:
        return answer.status == 200 and error_code(answer) == "0"

    def read_error(self, answer: Answer) -> ExchangeError:
        code = error_code(answer)
        reason = str(answer.fields.get("retMsg", "")) or f"HTTP {answer.status} without a readable answer"
        if (answer.status == 403 and not code) or code == IP_BANNED:
            return RateLimited(reason, code, BAN_SECONDS)
        if answer.status == 401 and not code:
            return KeyRefused(reason, code)
        if answer.status == 429 or code in RATE_CODES:
            return RateLimited(reason, code, retry_seconds(answer))
        if code in KEY_CODES:
            return KeyRefused(reason, code)
        if code in ("", "0") or answer.status >= 500 or code in TRANSIENT_CODES:
            return ExchangeUnavailable(reason, code)
        return RequestRefused(reason, code)

    def is_definite_no(self, answer: Answer) -> bool:
        duplicate = "duplicate" in str(answer.fields.get("retMsg", "")).lower()
        return answer.status < 500 and error_code(answer) in ORDER_REFUSALS and not duplicate

    def send_order(self, ask: Ask, order: OrderRequest) -> str:
        result = ask("private", "POST", "v5/order/create", order_parameters(order))["result"]
        if result["orderLinkId"] != order.client_order_id:
            raise ValueError("the acknowledgement is for another order")
        return identifier(result["orderId"])

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
            if refusal.code not in ALREADY_CLOSED:
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
        """There is no list of symbols to name: one, or all of them in one answer."""
        if not symbols:
            return [], None
        one = {"symbol": exchange_symbol(symbols[0])} if len(symbols) == 1 else {}
        answer = ask("public", "GET", "v5/market/tickers", {**SPOT, **one})
        rows = {row["symbol"]: row for row in answer["result"]["list"]}
        tickers = [parsing.read_ticker(rows[exchange_symbol(symbol)], symbol) for symbol in symbols]
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


def error_code(answer: Answer) -> str:
    """Bybit's `retCode`, `0` for success; empty where the body has none."""
    code = answer.fields.get("retCode", "")
    return str(code) if isinstance(code, int | str) else ""


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


def find_row(ask: Ask, symbol: str, order: Mapping[str, str]) -> tuple[dict[str, Any], datetime] | None:
    """The order where it is listed, among the open and last closed or else in the history, and the exchange's time."""
    request = {**SPOT, "symbol": exchange_symbol(symbol), **order}
    for path in ("v5/order/realtime", "v5/order/history"):
        answer = ask("private", "GET", path, request)
        if answer["result"]["list"]:
            return answer["result"]["list"][0], moment(answer["time"])
    return None


def list_pages(
    ask: Ask,
    path: str,
    symbol: str | None,
    request: Mapping[str, Any],
    api: str = "private",
    until: datetime | None = None,
) -> list[dict[str, Any]]:
    """All pages of a list, by the exchange's own cursor; of orders, newest first, those back `until` a creation."""
    asked = {**SPOT, **({"symbol": exchange_symbol(symbol)} if symbol else {}), **request}
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        result = ask(api, "GET", path, {**asked, "cursor": cursor} if cursor else asked)["result"]
        rows += result["list"]
        following = result.get("nextPageCursor") or ""
        if not following or not result["list"] or _reaches_back(result["list"], until):
            return rows
        if following == cursor:
            raise ValueError("the exchange does not move its cursor")
        cursor = following


def _reaches_back(page: Sequence[Mapping[str, Any]], until: datetime | None) -> bool:
    return until is not None and moment(page[-1]["createdTime"]) < until


def list_since(
    ask: Ask, path: str, symbol: str, request: Mapping[str, Any], since: datetime, now: datetime
) -> list[dict[str, Any]]:
    """All rows from `since` on, in windows of seven days, the longest that the exchange answers."""
    rows: list[dict[str, Any]] = []
    start = since
    while now - start > LONGEST_WINDOW:
        end = start + LONGEST_WINDOW
        window = {"startTime": milliseconds(start), "endTime": milliseconds(end) - 1}
        rows += list_pages(ask, path, symbol, {**request, **window})
        start = end
    # No end: the exchange's clock may be ahead of ours, and it goes seven days on from the start by itself.
    return rows + list_pages(ask, path, symbol, {**request, "startTime": milliseconds(start)})
