"""Opening accounts, the status, and the controls that exist only behind their switch."""

from pathlib import Path
from typing import Any

import pytest
import requests

from .server import CALL_SECONDS, PaperServer, running


def post(server: PaperServer, path: str, body: Any) -> requests.Response:
    content = body if isinstance(body, bytes) else None
    return requests.post(
        server.url + path, data=content, json=None if content else body, timeout=CALL_SECONDS
    )


def test_an_account_starts_with_a_sane_balance(exchange: PaperServer) -> None:
    opened = exchange.open_account()
    assert opened["balances"] == {"USDT": "10000", "BRL": "50000"}
    assert opened["apiKey"].isalnum()
    assert len(opened["apiKey"]) == len(opened["secretKey"]) == 64
    assert exchange.open_account()["apiKey"] != opened["apiKey"]


def test_an_account_starts_with_the_balance_asked_for(exchange: PaperServer) -> None:
    opened = exchange.open_account(label="mine", balances={"BRL": "100.5", "BTC": 1})
    assert opened["balances"] == {"BRL": "100.5", "BTC": "1"}
    rows = exchange.signed(opened, "GET", "/api/v3/account", omitZeroBalances="true").json()["balances"]
    assert rows == [
        {"asset": "BRL", "free": "100.50000000", "locked": "0.00000000"},
        {"asset": "BTC", "free": "1.00000000", "locked": "0.00000000"},
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"balances": {"NOPE": "1"}}, "balances"),
        ({"balances": {"USDT": "-1"}}, "balances.USDT"),
        ({"balances": {"USDT": "1e30"}}, "balances.USDT"),
        ({"balances": {"USDT": "NaN"}}, "balances.USDT"),
        ({"balances": {"USDT": "0.000000001"}}, "balances.USDT"),
        ({"balances": {"USDT": True}}, "balances.USDT"),
        ({"balances": []}, "balances"),
        ({"label": "x" * 65}, "label"),
        ({"label": 7}, "label"),
        ({"permissions": {"enableMagic": True}}, "permissions.enableMagic"),
        ({"permissions": {"enableReading": "yes"}}, "permissions.enableReading"),
        ({"colour": "red"}, "colour"),
        ([], "body"),
        (b"{", "body"),
        (b"\xff\xfe", "body"),
        (b"[" * 60_000, "body"),
        (b" " * 70_000, "body"),
    ],
)
def test_a_bad_account_request_says_which_field(exchange: PaperServer, body: Any, field: str) -> None:
    answer = post(exchange, "/paper/accounts", body)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_the_status_names_the_prices(exchange: PaperServer) -> None:
    status = exchange.get("/paper/status").json()
    assert (status["prices"], status["simulated"], status["ready"], status["faults_enabled"]) == (
        "walk",
        True,
        True,
        True,
    )
    assert status["symbols"] >= 30


def test_controls_do_not_exist_unless_asked_for(tmp_path: Path) -> None:
    with running(PaperServer(tmp_path / "paper.sqlite3")) as server:
        assert server.get("/paper/status").json()["faults_enabled"] is False
        for name in ("price", "clock", "faults", "account"):
            assert post(server, f"/paper/control/{name}", {}).status_code == 404
        for name in ("ledger", "requests", "faults"):
            assert server.get(f"/paper/control/{name}").status_code == 404


def test_a_pinned_price_shows_in_candles_from_then_on(exchange: PaperServer) -> None:
    exchange.control("clock", advance=120)
    exchange.control("price", symbol="ETHUSDT", price="1234.5")
    exchange.control("clock", advance=120)
    candles = exchange.get("/api/v3/klines", symbol="ETHUSDT", interval="1m", limit=4).json()
    assert [candle[4] for candle in candles][1:] == ["1234.50000000"] * 3
    assert candles[-2][1:5] == ["1234.50000000"] * 4
    assert candles[0][4] != "1234.50000000"
    exchange.control("price", symbol="ETHUSDT", price=None)
    assert exchange.get("/api/v3/ticker/price", symbol="ETHUSDT").json()["price"] != "1234.50000000"


def test_market_time_moves_only_by_hand(exchange: PaperServer) -> None:
    before = exchange.control("clock", advance=0)["time"]
    assert exchange.control("clock", advance=90)["time"] == before + 90_000
    answer = post(exchange, "/paper/control/clock", {"advance": -1})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["advance"])


def test_assets_move_in_and_out_as_their_owner_would_move_them(exchange: PaperServer) -> None:
    account = exchange.open_account(balances={"USDT": "100", "BTC": "1"})
    key = account["apiKey"]
    exchange.control("account", apiKey=key, withdraw={"BTC": "0.4"}, deposit={"USDT": "5", "ETH": "2"})
    ledger = exchange.ledger(account)
    free = {asset: balance["free"] for asset, balance in ledger["balances"].items()}
    assert free == ledger["deposits"] == {"BTC": "0.6", "ETH": "2", "USDT": "105"}
    answer = post(exchange, "/paper/control/account", {"apiKey": key, "withdraw": {"BTC": "0.7"}})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["withdraw"])
    assert exchange.ledger(account)["balances"]["BTC"]["free"] == "0.6"


def test_requests_are_counted_by_endpoint(exchange: PaperServer) -> None:
    def pings() -> int:
        counts: dict[str, int] = exchange.get("/paper/control/requests").json()["endpoints"]
        return counts.get("GET /api/v3/ping", 0)

    before = pings()
    exchange.get("/api/v3/ping")
    exchange.get("/no/such/path")
    assert pings() == before + 1


def test_used_weight_is_reported(exchange: PaperServer) -> None:
    first = exchange.get("/api/v3/ticker/24hr").headers["X-MBX-USED-WEIGHT-1M"]
    assert int(first) >= 80


def test_a_weight_limit_is_enforced_where_it_is_set(tmp_path: Path) -> None:
    with running(PaperServer(tmp_path / "paper.sqlite3", "--weight-limit", "100")) as server:
        answers = [server.get("/api/v3/ticker/24hr") for _ in range(3)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused, "three times 80 in at most two minutes"
        assert int(refused[0].headers["Retry-After"]) <= 60
        assert refused[0].json()["code"] == -1003
