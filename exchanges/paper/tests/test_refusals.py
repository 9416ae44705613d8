"""Bad requests are refused with Binance's status, code and message, and never with a 500."""

import time
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .server import CALL_SECONDS, PaperServer

ORDER = "/api/v3/order"
LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}


@pytest.fixture(autouse=True)
def steady_price(exchange: PaperServer) -> None:
    exchange.control("price", symbol="BTCUSDT", price="50000")


def refusal(answer: requests.Response) -> tuple[int, int, str]:
    content = answer.json()
    return answer.status_code, content["code"], content["msg"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({**LIMIT, "quantity": "0.00001", "price": "40000"}, (-1013, "Filter failure: NOTIONAL")),
        ({**MARKET, "quantity": "0.00009"}, (-1013, "Filter failure: NOTIONAL")),
        ({**MARKET, "quoteOrderQty": "4.99"}, (-1013, "Filter failure: NOTIONAL")),
        ({**MARKET, "quantity": "0.000011"}, (-1013, "Filter failure: LOT_SIZE")),
        ({**MARKET, "quantity": "600000"}, (-1013, "Filter failure: MARKET_LOT_SIZE")),
        ({**LIMIT, "quantity": "0.001", "price": "40000.001"}, (-1013, "Filter failure: PRICE_FILTER")),
        ({**LIMIT, "quantity": "0.001", "price": "300000"}, (-1013, "Filter failure: PERCENT_PRICE_BY_SIDE")),
        ({**MARKET, "quantity": "0"}, (-1013, "Invalid quantity.")),
        ({**MARKET, "quantity": "0.000000001"}, (-1111, "Parameter 'quantity' has too much precision.")),
        ({**MARKET, "quantity": "1", "symbol": "NOPE"}, (-1121, "Invalid symbol.")),
        ({**MARKET, "quantity": "1", "side": "HOLD"}, (-1117, "Invalid side.")),
        ({**MARKET, "quantity": "1", "type": "STOP_LOSS"}, (-1116, "Invalid orderType.")),
        ({**MARKET, "quantity": "1", "price": "1"}, (-1106, "Parameter 'price' sent when not required.")),
        (
            {**MARKET, "quantity": "1", "quoteOrderQty": "9"},
            (-1106, "Parameter 'quoteOrderQty' sent when not required."),
        ),
        ({**LIMIT, "timeInForce": "DAY", "quantity": "1", "price": "1"}, (-1115, "Invalid timeInForce.")),
        (
            {**LIMIT, "quantity": "1"},
            (-1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed."),
        ),
        (MARKET, (-1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!")),
        ({**MARKET, "quantity": "1", "colour": "red"}, (-1104, None)),
        ({**MARKET, "quantity": "1e3"}, (-1100, None)),
        ({**MARKET, "quantity": "0.01", "newClientOrderId": "a" * 37}, (-1100, None)),
        ({**MARKET, "quantity": "0.01", "newClientOrderId": "a b"}, (-1100, None)),
        ({**MARKET, "quantity": "1"}, (-2010, "Account has insufficient balance for requested action.")),
    ],
)
def test_orders_that_break_a_rule(
    exchange: PaperServer, account: dict[str, Any], order: dict[str, str], expected: tuple[int, str | None]
) -> None:
    status, code, message = refusal(exchange.signed(account, "POST", ORDER, **order))
    assert (status, code) == (400, expected[0]), message
    assert expected[1] in (None, message)
    ledger = exchange.ledger(account)
    assert ledger["orders"] == []
    assert ledger["balances"]["USDT"] == {"free": "10000", "locked": "0"}


@pytest.mark.parametrize(
    ("method", "path", "parameters", "expected"),
    [
        ("GET", ORDER, {"symbol": "BTCUSDT", "orderId": 999999}, (-2013, "Order does not exist.")),
        ("DELETE", ORDER, {"symbol": "BTCUSDT", "orderId": 999999}, (-2011, "Unknown order sent.")),
        ("GET", ORDER, {"symbol": "BTCUSDT"}, (-1102, None)),
        (
            "GET",
            "/api/v3/myTrades",
            {"symbol": "BTCUSDT", "startTime": 0, "endTime": 86_400_001},
            (-1127, None),
        ),
        ("GET", "/api/v3/myTrades", {"symbol": "BTCUSDT", "startTime": 0, "fromId": 1}, (-1128, None)),
        ("GET", "/api/v3/account", {"recvWindow": 60_001}, (-1131, "recvWindow must be less than 60000.")),
    ],
)
def test_queries_that_cannot_be_answered(
    exchange: PaperServer,
    account: dict[str, Any],
    method: str,
    path: str,
    parameters: dict[str, Any],
    expected: tuple[int, str | None],
) -> None:
    status, code, message = refusal(exchange.signed(account, method, path, **parameters))
    assert (status, code) == (400, expected[0])
    assert expected[1] in (None, message)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v3/klines?symbol=BTCUSDT&interval=7m", (400, -1120)),
        ("/api/v3/klines?symbol=BTCUSDT", (400, -1102)),
        ("/api/v3/klines?symbol=btcusdt&interval=1m", (400, -1100)),
        ("/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=x", (400, -1100)),
        ("/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=2&endTime=1", (400, -1130)),
        ("/api/v3/ticker/price?symbol=NOPE", (400, -1121)),
        ('/api/v3/ticker/price?symbols=["BTCUSDT"', (400, -1100)),
        ("/api/v3/nothing", (404, -404)),
    ],
)
def test_public_endpoints(exchange: PaperServer, path: str, expected: tuple[int, int]) -> None:
    assert refusal(exchange.get(path))[:2] == expected


def test_signatures(exchange: PaperServer, account: dict[str, Any]) -> None:
    path = "/api/v3/account"
    assert refusal(exchange.signed({**account, "secretKey": "x" * 64}, "GET", path))[:2] == (400, -1022)
    assert refusal(exchange.signed({**account, "apiKey": "short"}, "GET", path))[:2] == (401, -2014)
    assert refusal(exchange.signed({**account, "apiKey": "x" * 64}, "GET", path))[:2] == (401, -2015)
    assert refusal(exchange.get(path))[:2] == (401, -2014)
    stale = exchange.signed(account, "GET", path, timestamp=int(time.time() * 1000) - 5_500)
    assert refusal(stale)[:2] == (400, -1021)
    early = exchange.signed(account, "GET", path, timestamp=int(time.time() * 1000) + 5_000)
    assert refusal(early)[:2] == (400, -1021)
    patient = exchange.signed(
        account, "GET", path, timestamp=int(time.time() * 1000) - 5_500, recvWindow=30_000
    )
    assert patient.status_code == 200


def test_a_signed_request_cannot_be_altered(exchange: PaperServer, account: dict[str, Any]) -> None:
    sent = exchange.signed(account, "POST", ORDER, **MARKET, quantity="0.001").request
    altered = str(sent.url).replace("quantity=0.001", "quantity=0.002")
    answer = requests.post(altered, headers={"X-MBX-APIKEY": account["apiKey"]}, timeout=CALL_SECONDS)
    assert refusal(answer)[:2] == (400, -1022)


def test_permissions_are_reported_and_enforced(exchange: PaperServer) -> None:
    reader = exchange.open_account(
        permissions={"enableSpotAndMarginTrading": False, "enableWithdrawals": True}
    )
    told = exchange.signed(reader, "GET", "/sapi/v1/account/apiRestrictions").json()
    assert (told["enableReading"], told["enableSpotAndMarginTrading"], told["enableWithdrawals"]) == (
        True,
        False,
        True,
    )
    assert told["createTime"] <= time.time() * 1000
    assert exchange.signed(reader, "GET", "/api/v3/account").json()["canTrade"] is False
    assert refusal(exchange.signed(reader, "POST", ORDER, **MARKET, quantity="0.001"))[:2] == (401, -2015)


def test_a_revoked_key_is_refused(exchange: PaperServer, account: dict[str, Any]) -> None:
    exchange.control("account", apiKey=account["apiKey"], revoked=True)
    assert refusal(exchange.signed(account, "GET", "/api/v3/account"))[:2] == (401, -2015)
    exchange.control("account", apiKey=account["apiKey"], revoked=False)
    assert exchange.signed(account, "GET", "/api/v3/account").status_code == 200


NAMES = st.sampled_from(
    [
        "symbol",
        "side",
        "type",
        "quantity",
        "price",
        "timeInForce",
        "limit",
        "startTime",
        "interval",
        "orderId",
        "x",
    ]
)
VALUES = st.one_of(
    st.sampled_from(["BTCUSDT", "BUY", "MARKET", "LIMIT", "GTC", "1m", "1", "-1", "0", "1e400", "NaN", ""]),
    st.text(max_size=30),
    st.integers(-(10**30), 10**30).map(str),
)
PATHS = st.sampled_from(
    [
        "klines",
        "depth",
        "ticker/24hr",
        "ticker/price",
        "order",
        "openOrders",
        "allOrders",
        "myTrades",
        "account",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=PATHS,
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    parameters=st.dictionaries(NAMES, VALUES, max_size=6),
)
def test_nonsense_is_never_a_server_error(
    exchange: PaperServer, account: dict[str, Any], path: str, method: str, parameters: dict[str, str]
) -> None:
    answer = exchange.signed(account, method, f"/api/v3/{path}", **parameters)
    assert answer.status_code < 500, answer.text
