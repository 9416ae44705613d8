"""Bad requests are refused with Bybit's code, in its envelope, and never with a 500."""

import json
import time
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .server import PaperServer

CREATE = "/v5/order/create"
LIMIT = {"category": "spot", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "timeInForce": "GTC"}
MARKET = {
    "category": "spot",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Market",
    "marketUnit": "baseCoin",
}
SPOT = {"category": "spot"}


@pytest.fixture(autouse=True)
def steady_price(exchange: PaperServer) -> None:
    exchange.control("price", symbol="BTCUSDT", price="50000")


def code_of(answer: requests.Response) -> int:
    content = answer.json()
    assert content.keys() == {"retCode", "retMsg", "result", "retExtInfo", "time"}
    code: int = content["retCode"]
    return code


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({**LIMIT, "qty": "0.00001", "price": "40000"}, 170140),
        ({**MARKET, "qty": "0.00009"}, 170140),
        ({**MARKET, "qty": "4.99", "marketUnit": "quoteCoin"}, 170140),
        ({**LIMIT, "qty": "300", "price": "40000"}, 170124),
        ({**MARKET, "qty": "0.000011"}, 170137),
        ({**MARKET, "qty": "0.000000001"}, 170137),
        ({**MARKET, "qty": "5.123456789", "marketUnit": "quoteCoin"}, 170148),
        ({**MARKET, "qty": "600000"}, 170135),
        ({**LIMIT, "qty": "10000000", "price": "40000"}, 170135),
        ({**LIMIT, "qty": "0.001", "price": "40000.001"}, 170134),
        ({**LIMIT, "qty": "0.001", "price": "300000"}, 170193),
        ({**LIMIT, "qty": "0.001", "price": "5000"}, 170194),
        ({**LIMIT, "qty": "0.001", "price": "99999999999"}, 170132),
        ({**MARKET, "qty": "0"}, 170130),
        ({**MARKET, "qty": "1e3"}, 170130),
        ({**MARKET, "qty": 1}, 10001),
        ({**MARKET, "qty": "1", "marketUnit": "moon"}, 170130),
        ({**MARKET, "qty": "1", "symbol": "NOPE"}, 170121),
        ({**MARKET, "qty": "1", "side": "Hold"}, 170117),
        ({**MARKET, "qty": "1", "orderType": "Stop"}, 170116),
        ({**MARKET, "qty": "1", "category": "linear"}, 10001),
        ({**MARKET, "qty": "1", "triggerPrice": "1"}, 10001),
        (MARKET, 10001),
        ({**LIMIT, "qty": "1"}, 10001),
        ({**LIMIT, "timeInForce": "DAY", "qty": "1", "price": "1"}, 170115),
        ({**MARKET, "qty": "0.01", "orderLinkId": "a" * 37}, 10001),
        ({**MARKET, "qty": "0.01", "orderLinkId": "a b"}, 10001),
        ({**MARKET, "qty": "1"}, 170131),
        ({**MARKET, "qty": "1", "side": "Sell"}, 170131),
    ],
)
def test_orders_that_break_a_rule(
    exchange: PaperServer, account: dict[str, Any], order: dict[str, Any], code: int
) -> None:
    answer = exchange.signed_bybit(account, "POST", CREATE, **order)
    assert (answer.status_code, code_of(answer)) == (200, code), answer.text
    ledger = exchange.ledger(account)
    assert ledger["orders"] == []
    assert ledger["balances"]["USDT"] == {"free": "10000", "locked": "0"}


@pytest.mark.parametrize(
    ("method", "path", "parameters", "code"),
    [
        ("POST", "/v5/order/cancel", {**SPOT, "symbol": "BTCUSDT", "orderId": "2010000000000999999"}, 170213),
        ("POST", "/v5/order/cancel", {**SPOT, "symbol": "BTCUSDT", "orderLinkId": "never"}, 170213),
        ("POST", "/v5/order/cancel", {**SPOT, "symbol": "BTCUSDT"}, 10001),
        ("GET", "/v5/order/realtime", {}, 10001),
        ("GET", "/v5/order/realtime", {**SPOT, "symbol": "NOPE"}, 10001),
        ("GET", "/v5/order/history", {**SPOT, "startTime": 0, "endTime": 7 * 86_400_000 + 1}, 10001),
        ("GET", "/v5/order/history", {**SPOT, "startTime": 2, "endTime": 1}, 10001),
        ("GET", "/v5/order/history", {**SPOT, "cursor": "nonsense"}, 10001),
        ("GET", "/v5/execution/list", {**SPOT, "limit": "0"}, 10001),
        ("GET", "/v5/account/wallet-balance", {"accountType": "CONTRACT"}, 10001),
    ],
)
def test_queries_that_cannot_be_answered(
    exchange: PaperServer,
    account: dict[str, Any],
    method: str,
    path: str,
    parameters: dict[str, Any],
    code: int,
) -> None:
    answer = exchange.signed_bybit(account, method, path, **parameters)
    assert (answer.status_code, code_of(answer)) == (200, code), answer.text


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v5/market/kline?category=spot&symbol=BTCUSDT&interval=1s", 10001),
        ("/v5/market/kline?category=spot&symbol=BTCUSDT&interval=M", 10001),
        ("/v5/market/kline?category=spot&symbol=BTCUSDT", 10001),
        ("/v5/market/kline?category=spot&symbol=NOPE&interval=1", 10001),
        ("/v5/market/kline?category=spot&symbol=BTCUSDT&interval=1&start=2&end=1", 10001),
        ("/v5/market/tickers?category=spot&symbol=NOPE", 10001),
        ("/v5/market/tickers?category=option", 10001),
        ("/v5/market/instruments-info", 10001),
    ],
)
def test_public_endpoints(exchange: PaperServer, path: str, code: int) -> None:
    assert code_of(exchange.get(path)) == code


def test_an_order_that_nobody_placed_is_an_empty_list(exchange: PaperServer, account: dict[str, Any]) -> None:
    for path in ("/v5/order/realtime", "/v5/order/history", "/v5/execution/list"):
        for name in ({"orderLinkId": "never"}, {"orderId": "7"}, {"orderId": "2010000000000999999"}):
            told = exchange.signed_bybit(account, "GET", path, category="spot", symbol="BTCUSDT", **name)
            assert told.json()["result"] == {"category": "spot", "list": [], "nextPageCursor": ""}


def test_signatures(exchange: PaperServer, account: dict[str, Any]) -> None:
    path, asked = "/v5/account/wallet-balance", "accountType=UNIFIED"

    def code(one: dict[str, Any], **changed: str) -> int:
        headers = {name.replace("_", "-"): value for name, value in changed.items()}
        return code_of(exchange.send_bybit(one, "GET", path, asked, asked, headers))

    now = int(time.time() * 1000)
    assert code(account) == 0
    assert code({**account, "secretKey": "x" * 64}) == 10004
    assert code({**account, "apiKey": "x" * 64}) == 10003
    assert code(account, TIMESTAMP=str(now - 5_500)) == 10002
    assert code(account, TIMESTAMP=str(now + 5_000)) == 10002
    assert code(account, TIMESTAMP=str(now - 5_500), RECV_WINDOW="30000") == 0
    assert code(account, TIMESTAMP="soon") == 10001
    assert code_of(exchange.get(path, accountType="UNIFIED")) == 10001


def test_a_signed_body_cannot_be_altered(exchange: PaperServer, account: dict[str, Any]) -> None:
    signed = json.dumps({**MARKET, "qty": "0.001"})
    answer = exchange.send_bybit(account, "POST", CREATE, signed.replace("0.001", "0.002"), signed, {})
    assert code_of(answer) == 10004
    assert exchange.ledger(account)["orders"] == []


def test_permissions_are_reported_and_enforced(exchange: PaperServer) -> None:
    reader = exchange.open_account(
        permissions={"enableSpotAndMarginTrading": False, "enableWithdrawals": True, "ipRestrict": True}
    )
    told = exchange.signed_bybit(reader, "GET", "/v5/user/query-api").json()["result"]
    assert (told["readOnly"], told["permissions"]["Spot"], told["permissions"]["Wallet"]) == (
        1,
        [],
        ["Withdraw"],
    )
    assert told["ips"] == ["127.0.0.1"]
    assert code_of(exchange.signed_bybit(reader, "POST", CREATE, **MARKET, qty="0.001")) == 10005


def test_a_revoked_and_an_expired_key_are_refused(exchange: PaperServer, account: dict[str, Any]) -> None:
    exchange.control("account", apiKey=account["apiKey"], revoked=True)
    assert code_of(exchange.signed_bybit(account, "GET", "/v5/user/query-api")) == 10003
    expired = {"tradingAuthorityExpirationTime": 1}
    exchange.control("account", apiKey=account["apiKey"], revoked=False, permissions=expired)
    assert code_of(exchange.signed_bybit(account, "GET", "/v5/user/query-api")) == 33004


NAMES = st.sampled_from(
    [
        "category",
        "symbol",
        "side",
        "orderType",
        "qty",
        "price",
        "limit",
        "startTime",
        "orderId",
        "cursor",
        "x",
    ]
)
VALUES = st.one_of(
    st.sampled_from(["spot", "BTCUSDT", "Buy", "Market", "Limit", "1", "-1", "0", "1e400", "NaN", ""]),
    st.text(max_size=30),
    st.integers(-(10**30), 10**30).map(str),
)
PATHS = st.sampled_from(
    [
        *("market/kline", "market/tickers", "order/realtime", "order/history", "order/create"),
        *("order/cancel", "execution/list", "account/wallet-balance", "user/query-api"),
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=PATHS,
    method=st.sampled_from(["GET", "POST"]),
    parameters=st.dictionaries(NAMES, VALUES, max_size=6),
    is_spot=st.booleans(),
)
def test_nonsense_is_never_a_server_error(
    exchange: PaperServer,
    account: dict[str, Any],
    path: str,
    method: str,
    parameters: dict[str, str],
    is_spot: bool,
) -> None:
    sent = parameters | (SPOT if is_spot else {})
    answer = exchange.signed_bybit(account, method, f"/v5/{path}", **sent)
    assert answer.status_code < 500, answer.text
    assert answer.json().get("retCode") != 10016, answer.text


@pytest.mark.parametrize("body", ["", "[]", "null", "{", "[" * 60_000, '{"category": {"a": 1}}'])
def test_a_body_that_is_no_object_is_refused(
    exchange: PaperServer, account: dict[str, Any], body: str
) -> None:
    answer = exchange.send_bybit(account, "POST", CREATE, body, body, {})
    assert (answer.status_code, code_of(answer)) == (200, 10001)
