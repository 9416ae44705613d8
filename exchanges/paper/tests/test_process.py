"""The process: it starts, ends, refuses a taken port, and loses nothing when it is killed."""

import socket
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import pytest
import requests

from .server import REPOSITORY, START_SECONDS, PaperServer, open_client, running, wait_until

KILLS = 3
TRADERS = 3
ORDERS_BEFORE_KILL = 60


def assert_ledger_adds_up(ledger: dict[str, Any], bases: dict[str, str]) -> None:
    """Balances are what was deposited plus and minus every fill and fee, to the last digit."""
    expected = {asset: Decimal(amount) for asset, amount in ledger["deposits"].items()}
    for fill in ledger["fills"]:
        base, quote = bases[fill["symbol"]], fill["symbol"].removeprefix(bases[fill["symbol"]])
        sign = 1 if fill["is_buyer"] else -1
        expected[base] = expected.get(base, Decimal(0)) + sign * Decimal(fill["quantity"])
        expected[quote] = expected.get(quote, Decimal(0)) - sign * Decimal(fill["quote_quantity"])
        expected[fill["fee_asset"]] -= Decimal(fill["fee"])
    held = {
        asset: Decimal(balance["free"]) + Decimal(balance["locked"])
        for asset, balance in ledger["balances"].items()
    }
    assert held == {asset: amount for asset, amount in expected.items() if asset in held}
    assert {asset for asset, amount in expected.items() if amount} <= held.keys()
    assert all(Decimal(balance["free"]) >= 0 for balance in ledger["balances"].values())


def assert_orders_match_fills(ledger: dict[str, Any]) -> None:
    for order in ledger["orders"]:
        fills = [fill for fill in ledger["fills"] if fill["order_id"] == order["id"]]
        assert sum((Decimal(fill["quantity"]) for fill in fills), Decimal(0)) == Decimal(
            order["executed_quantity"]
        )
        assert sum((Decimal(fill["quote_quantity"]) for fill in fills), Decimal(0)) == Decimal(
            order["executed_quote"]
        )


class Trader(threading.Thread):
    """Places orders until the exchange is gone, remembering what it was told."""

    def __init__(self, server: PaperServer, account: dict[str, Any], number: int) -> None:
        super().__init__()
        self.account = account
        self.acknowledged: list[str] = []
        self._client = open_client(server, account)
        self._client.load_markets()
        self._number = number

    def run(self) -> None:
        try:
            for turn in range(10_000):
                self._trade(f"t{self._number}-{turn}", turn)
        except ccxt.NetworkError:
            self._client.session.close()

    def _trade(self, client_id: str, turn: int) -> None:
        side, params = ("buy", "sell")[turn % 2], {"newClientOrderId": client_id}
        if turn % 5 == 4:
            self._client.create_order("BTC/USDT", "limit", "buy", 0.001, 40_000, params)
        else:
            self._client.create_order("BTC/USDT", "market", side, 0.001, None, params)
        self.acknowledged.append(client_id)


def test_a_killed_exchange_keeps_every_order_it_acknowledged(tmp_path: Path) -> None:
    server = PaperServer(tmp_path / "paper.sqlite3", "--faults")
    with running(server):
        accounts = [server.open_account(balances={"USDT": "1000000", "BTC": "10"}) for _ in range(TRADERS)]
        acknowledged: list[list[str]] = [[] for _ in accounts]
        for kill in range(KILLS):
            traders = [
                Trader(server, account, kill * TRADERS + index) for index, account in enumerate(accounts)
            ]
            for trader in traders:
                trader.start()
            wait_until(lambda: sum(len(trader.acknowledged) for trader in traders) >= ORDERS_BEFORE_KILL)  # noqa: B023
            server.kill()
            for index, trader in enumerate(traders):
                trader.join()
                acknowledged[index] += trader.acknowledged
            server.start()
        for account, known in zip(accounts, acknowledged, strict=True):
            ledger = server.ledger(account)
            stored = [order["client_order_id"] for order in ledger["orders"]]
            assert len(stored) == len(set(stored))
            assert set(known) <= set(stored)
            assert len(stored) - len(known) <= KILLS, "at most the one in flight at each kill"
            assert_ledger_adds_up(ledger, {"BTCUSDT": "BTC"})
            assert_orders_match_fills(ledger)
            locked = sum(
                Decimal(order["price"]) * Decimal(order["quantity"])
                for order in ledger["orders"]
                if order["status"] == "NEW"
            )
            assert Decimal(ledger["balances"]["USDT"]["locked"]) == locked


def test_a_restart_shows_the_same_prices_and_pins(tmp_path: Path) -> None:
    server = PaperServer(tmp_path / "paper.sqlite3", "--faults", "--clock", "manual")

    def candles(symbol: str) -> Any:
        return server.get("/api/v3/klines", symbol=symbol, interval="1s", limit=300).json()

    with running(server):
        server.control("price", symbol="ETHUSDT", price="1000")
        server.control("clock", advance=30)
        before = candles("BTCUSDT"), candles("ETHUSDT")
        server.kill()
        server.start()
        assert (candles("BTCUSDT"), candles("ETHUSDT")) == before


def test_resting_orders_survive_and_fill_after_a_kill(tmp_path: Path) -> None:
    server = PaperServer(tmp_path / "paper.sqlite3", "--faults")
    with running(server):
        server.control("price", symbol="BTCUSDT", price="50000")
        account = server.open_account()
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        placed = server.signed(
            account, "POST", "/api/v3/order", **order, quantity="0.001", price="49000"
        ).json()
        server.kill()
        server.start()
        server.control("price", symbol="BTCUSDT", price="48000")
        ledger = server.ledger(account)
        assert [(one["id"], one["status"]) for one in ledger["orders"]] == [(placed["orderId"], "FILLED")]
        assert [fill["price"] for fill in ledger["fills"]] == ["49000.00"]


def test_a_resting_order_fills_while_nobody_asks(tmp_path: Path) -> None:
    """On the wall clock orders are settled in the background: the data file alone shows it."""
    server = PaperServer(tmp_path / "paper.sqlite3", "--faults")
    with running(server):
        account = server.open_account()
        server.control("price", symbol="BTCUSDT", price="50000")
        server.control("faults", add=[{"kind": "defer", "seconds": 1, "count": 1}])
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
        assert server.signed(account, "POST", "/api/v3/order", **order).json()["status"] == "NEW"
        wait_until(lambda: read_status(server.data) == "FILLED", 20)


def read_status(data: Path) -> str:
    import sqlite3

    connection = sqlite3.connect(data)
    try:
        row = connection.execute("SELECT status FROM orders").fetchone()
    finally:
        connection.close()
    return str(row[0])


def test_a_caller_that_hangs_up_in_the_middle_of_a_request_is_no_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(PaperServer(tmp_path / "paper.sqlite3")) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as caller:
            caller.sendall(b"POST /v5/order/create HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n{")
        assert server.get("/api/v3/ping").status_code == 200
        assert server.stop() == 0
    assert "Traceback" not in capfd.readouterr().err


def test_it_ends_when_asked(tmp_path: Path) -> None:
    with running(PaperServer(tmp_path / "paper.sqlite3")) as server:
        session = requests.Session()
        assert session.get(f"{server.url}/api/v3/ping", timeout=10).status_code == 200
        assert server.stop() == 0
        session.close()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--prices", "crystal-ball"], "prices must be walk"),
        (["--prices", "replay:BTCUSDT-missing.csv"], "No such file"),
        (["--data", "/nonexistent/paper.sqlite3"], "No such file"),
        (["--port", "{taken}"], "in use"),
    ],
)
def test_what_keeps_it_from_starting_is_said_in_one_line(
    tmp_path: Path, options: list[str], reason: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        given = [option.format(taken=port) for option in options]
        command = [
            sys.executable,
            "-m",
            "exchanges.paper",
            "--port",
            "0",
            "--data",
            str(tmp_path / "p.sqlite3"),
        ]
        ended = subprocess.run(
            [*command, *given], cwd=REPOSITORY, capture_output=True, text=True, timeout=START_SECONDS
        )
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert reason in ended.stderr
    assert ended.stdout == ""


def test_the_data_file_is_private(tmp_path: Path) -> None:
    with running(PaperServer(tmp_path / "paper.sqlite3")) as server:
        assert server.data.stat().st_mode & 0o077 == 0
