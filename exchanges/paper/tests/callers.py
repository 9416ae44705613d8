"""Callers of the two dialects by hand, who say the same things in each: what they send, and what they read."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

from .server import PaperServer

SYMBOL = "BTCUSDT"


@dataclass(frozen=True)
class Row:
    """An order or a fill as an answer tells of it, amounts exact, time in milliseconds."""

    id: str
    status: str
    quantity: Decimal
    time: int


@dataclass(frozen=True)
class BinanceCaller:
    server: PaperServer
    account: Mapping[str, Any]
    place_path = "POST /api/v3/order"
    order_path = "GET /api/v3/order"
    cancel_path = "DELETE /api/v3/order"
    fills_path = "GET /api/v3/myTrades"
    closed, partly, canceled = "FILLED", "PARTIALLY_FILLED", "CANCELED"
    new = "NEW"

    def call(self, endpoint: str, **sent: Any) -> requests.Response:
        return self.server.signed(dict(self.account), *endpoint.split(), symbol=SYMBOL, **sent)

    def place(
        self, name: str, quantity: str, price: str | None = None, side: str = "BUY"
    ) -> requests.Response:
        limit = {"type": "LIMIT", "price": price, "timeInForce": "GTC"} if price else {"type": "MARKET"}
        return self.call(self.place_path, side=side, quantity=quantity, newClientOrderId=name, **limit)

    def cancel(self, name: str) -> requests.Response:
        return self.call(self.cancel_path, origClientOrderId=name)

    def order(self, name: str) -> Row | None:
        """None when the exchange says that it has no such order."""
        answer = self.call(self.order_path, origClientOrderId=name)
        content = answer.json()
        if answer.status_code == 400 and content["code"] == -2013:
            return None
        return Row(
            str(content["orderId"]), content["status"], Decimal(content["executedQty"]), content["time"]
        )

    def fills(self) -> list[Row]:
        rows = self.call(self.fills_path).json()
        return [Row(str(one["id"]), "", Decimal(one["qty"]), one["time"]) for one in rows]

    def told_time(self) -> int:
        """The exchange's time of day, as everyone may ask it."""
        told: int = self.server.get("/api/v3/time").json()["serverTime"]
        return told

    @staticmethod
    def id_of(answer: requests.Response) -> str:
        return str(answer.json()["orderId"])

    @staticmethod
    def code_of(answer: requests.Response) -> int:
        """The refusal's code; 0 for none."""
        return int(answer.json().get("code", 0)) if answer.status_code != 200 else 0

    no_such_order, bad_time, bad_key, no_permission = -2011, -1021, -2015, -2015
    server_errors = {500: -1000, 502: -1006, 503: -1001, 504: -1007}


@dataclass(frozen=True)
class BybitCaller:
    server: PaperServer
    account: Mapping[str, Any]
    place_path = "POST /v5/order/create"
    order_path = "GET /v5/order/realtime"
    cancel_path = "POST /v5/order/cancel"
    fills_path = "GET /v5/execution/list"
    closed, partly, canceled = "Filled", "PartiallyFilled", "PartiallyFilledCanceled"
    new = "New"

    def call(self, endpoint: str, **sent: Any) -> requests.Response:
        sent = {"category": "spot", "symbol": SYMBOL, **sent}
        return self.server.signed_bybit(dict(self.account), *endpoint.split(), **sent)

    def place(
        self, name: str, quantity: str, price: str | None = None, side: str = "BUY"
    ) -> requests.Response:
        limit = {"orderType": "Limit", "price": price} if price else {"orderType": "Market"}
        side = side.capitalize()
        extra = {} if price else {"marketUnit": "baseCoin"}
        return self.call(self.place_path, side=side, qty=quantity, orderLinkId=name, **limit, **extra)

    def cancel(self, name: str) -> requests.Response:
        return self.call(self.cancel_path, orderLinkId=name)

    def order(self, name: str) -> Row | None:
        """None when the exchange says that it has no such order."""
        content = self.call(self.order_path, orderLinkId=name).json()
        assert content["retCode"] == 0, content
        for one in content["result"]["list"]:
            return Row(
                one["orderId"], one["orderStatus"], Decimal(one["cumExecQty"]), int(one["createdTime"])
            )
        return None

    def fills(self) -> list[Row]:
        rows = self.call(self.fills_path).json()["result"]["list"]
        return [Row(one["execId"], "", Decimal(one["execQty"]), int(one["execTime"])) for one in rows]

    def told_time(self) -> int:
        """The exchange's time of day, as everyone may ask it."""
        return int(self.server.get("/v5/market/time").json()["result"]["timeNano"]) // 1_000_000

    @staticmethod
    def id_of(answer: requests.Response) -> str:
        return str(answer.json()["result"]["orderId"])

    @staticmethod
    def code_of(answer: requests.Response) -> int:
        """The refusal's code; 0 for none."""
        return int(answer.json()["retCode"])

    no_such_order, bad_time, bad_key, no_permission = 170213, 10002, 10003, 10005
    server_errors = {500: 10016, 502: 10016, 503: 10016, 504: 10000}


Caller = BinanceCaller | BybitCaller
CALLERS: tuple[type[Caller], ...] = (BinanceCaller, BybitCaller)


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def assert_conserved(ledger: dict[str, Any]) -> None:
    """Balances are deposits plus fills less fees, what is locked is what open orders hold, and orders are their fills."""
    expected = {asset: Decimal(amount) for asset, amount in ledger["deposits"].items()}
    for fill in ledger["fills"]:
        sign = 1 if fill["is_buyer"] else -1
        for asset, change in (("BTC", fill["quantity"]), ("USDT", fill["quote_quantity"])):
            direction = sign if asset == "BTC" else -sign
            expected[asset] = expected.get(asset, Decimal(0)) + direction * Decimal(change)
        expected[fill["fee_asset"]] -= Decimal(fill["fee"])
    for asset, held in ledger["balances"].items():
        assert Decimal(held["free"]) >= 0
        assert Decimal(held["free"]) + Decimal(held["locked"]) == expected[asset]
    locked = sum((Decimal(one["locked"]) for one in ledger["balances"].values()), Decimal(0))
    assert locked == sum((Decimal(order["locked"]) for order in ledger["orders"]), Decimal(0))
    for order in ledger["orders"]:
        fills = [Decimal(fill["quantity"]) for fill in ledger["fills"] if fill["order_id"] == order["id"]]
        assert sum(fills, Decimal(0)) == Decimal(order["executed_quantity"])
