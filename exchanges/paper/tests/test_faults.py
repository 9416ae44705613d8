"""The exchange misbehaves as told, and a client sees what it would see from a real one."""

import time
from typing import Any

import ccxt
import pytest
import requests

from .server import PaperServer

BTC = "BTC/USDT"
ORDER = "POST /api/v3/order"


@pytest.fixture(autouse=True)
def no_rules_left(exchange: PaperServer) -> Any:
    exchange.control("price", symbol="BTCUSDT", price="50000")
    yield
    exchange.control("faults", clear=True)


def add(exchange: PaperServer, account: dict[str, Any], **rule: Any) -> None:
    exchange.control("faults", add=[{"apiKey": account["apiKey"], "endpoint": ORDER, "count": 1, **rule}])


def buy(client: ccxt.binance) -> Any:
    return client.create_order(BTC, "market", "buy", 0.001, None, {"newClientOrderId": "fault"})


@pytest.mark.parametrize(
    ("rule", "error", "executed"),
    [
        ({"kind": "drop", "when": "before"}, ccxt.NetworkError, 0),
        ({"kind": "drop", "when": "after"}, ccxt.NetworkError, 1),
        ({"kind": "half"}, ccxt.NetworkError, 1),
        ({"kind": "status", "status": 500, "when": "after"}, ccxt.OperationFailed, 1),
        ({"kind": "status", "status": 502, "html": True}, ccxt.ExchangeNotAvailable, 0),
        ({"kind": "status", "status": 503}, ccxt.OperationFailed, 0),
        ({"kind": "status", "status": 504, "when": "after"}, ccxt.RequestTimeout, 1),
        ({"kind": "limit", "status": 429, "retry_after": 3}, ccxt.DDoSProtection, 0),
        ({"kind": "limit", "status": 418, "retry_after": 3}, ccxt.DDoSProtection, 0),
    ],
)
def test_an_order_fails_and_is_executed_or_not(
    exchange: PaperServer,
    client: ccxt.binance,
    account: dict[str, Any],
    rule: dict[str, Any],
    error: type[Exception],
    executed: int,
) -> None:
    add(exchange, account, **rule)
    with pytest.raises(error):
        buy(client)
    assert len(exchange.ledger(account)["orders"]) == executed
    assert buy(client)["status"] == "closed", "the rule was for one request"


@pytest.mark.parametrize(
    "form", ["empty", "truncated", "html", "garbled", "object", "null", "shape", "id_null", "id_missing"]
)
def test_a_200_that_says_nothing_still_executed(
    exchange: PaperServer, client: ccxt.binance, account: dict[str, Any], form: str
) -> None:
    add(exchange, account, kind="body", body=form)
    assert buy(client)["id"] is None
    assert len(exchange.ledger(account)["orders"]) == 1


def test_a_late_answer(exchange: PaperServer, client: ccxt.binance, account: dict[str, Any]) -> None:
    add(exchange, account, kind="delay", seconds=0.4, when="after")
    started = time.monotonic()
    assert buy(client)["status"] == "closed"
    assert time.monotonic() - started >= 0.4


def test_a_request_delayed_past_its_window_is_refused(
    exchange: PaperServer, client: ccxt.binance, account: dict[str, Any]
) -> None:
    add(exchange, account, kind="delay", seconds=0.5, when="before")
    client.options["recvWindow"] = 200
    with pytest.raises(ccxt.InvalidNonce):
        buy(client)
    assert exchange.ledger(account)["orders"] == []


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_an_order_accepted_now_fills_later(
    exchange: PaperServer, client: ccxt.binance, account: dict[str, Any], side: str
) -> None:
    if side == "sell":
        client.create_order(BTC, "market", "buy", 0.01)
    add(exchange, account, kind="defer", seconds=5)
    order = client.create_order(BTC, "market", side, 0.001)
    assert order["info"]["status"] == "NEW"
    exchange.control("clock", advance=4)
    assert client.fetch_order(order["id"], BTC)["info"]["status"] == "NEW"
    exchange.control("clock", advance=2)
    filled = client.fetch_order(order["id"], BTC)
    assert (filled["status"], filled["filled"]) == ("closed", 0.001)
    balances = exchange.ledger(account)["balances"]
    assert {balance["locked"].rstrip("0").rstrip(".") for balance in balances.values()} <= {"0", ""}


def test_a_deferred_purchase_never_spends_more_than_there_is(
    exchange: PaperServer, client: ccxt.binance, account: dict[str, Any]
) -> None:
    add(exchange, account, kind="defer", seconds=1)
    order = client.create_order(BTC, "market", "buy", 0.19)
    exchange.control("price", symbol="BTCUSDT", price="100000")
    exchange.control("clock", advance=2)
    ended = client.fetch_order(order["id"], BTC)
    assert ended["info"]["status"] == "EXPIRED"
    assert 0 < ended["filled"] < 0.19
    assert float(exchange.ledger(account)["balances"]["USDT"]["free"]) >= 0


def test_a_fault_strikes_only_the_key_it_names(
    exchange: PaperServer, client: ccxt.binance, account: dict[str, Any]
) -> None:
    exchange.control("faults", add=[{"kind": "drop", "apiKey": "z" * 64}])
    assert buy(client)["status"] == "closed"


def test_probability_and_hits(exchange: PaperServer, account: dict[str, Any]) -> None:
    rule = {"kind": "status", "status": 500, "endpoint": "/api/v3/ping", "probability": 0.5}
    exchange.control("faults", add=[rule])
    statuses = {exchange.get("/api/v3/ping").status_code for _ in range(40)}
    assert statuses == {200, 500}
    shown = exchange.get("/paper/control/faults").json()["rules"]
    assert 0 < shown[0]["hits"] < 40
    exchange.control("faults", clear=[shown[0]["id"]])
    assert exchange.get("/paper/control/faults").json() == {"rules": []}


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"kind": "earthquake"}, "kind"),
        ({"kind": "delay"}, "seconds"),
        ({"kind": "status", "status": 404}, "status"),
        ({"kind": "drop", "when": "during"}, "when"),
        ({"kind": "drop", "probability": 2}, "probability"),
        ({"kind": "drop", "colour": "red"}, "colour"),
        ("drop", "add"),
    ],
)
def test_a_bad_rule_is_refused_with_its_field(exchange: PaperServer, rule: Any, field: str) -> None:
    answer = requests.post(f"{exchange.url}/paper/control/faults", json={"add": [rule]}, timeout=20)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert exchange.get("/paper/control/faults").json() == {"rules": []}
