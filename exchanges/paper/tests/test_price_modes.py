"""Replay and live prices as a client sees them."""

import csv
import gzip
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from .server import PaperServer, running, wait_until
from .test_prices import write_candles

RECORDED = "CARDUME_RECORDED_CANDLES"


def candles(server: PaperServer, interval: str, limit: int) -> list[list[Any]]:
    rows: list[list[Any]] = server.get(
        "/api/v3/klines", symbol="BTCUSDT", interval=interval, limit=limit
    ).json()
    return rows


def test_a_replay_goes_on_where_it_was_after_a_restart(tmp_path: Path) -> None:
    path = write_candles(tmp_path / "BTCUSDT-1m.csv", 100)
    options = ("--prices", f"replay:{path},per=second,history=50", "--faults", "--clock", "manual")
    server = PaperServer(tmp_path / "paper.sqlite3", *options)
    with running(server):
        assert server.get("/paper/status").json()["prices"] == "replay"
        assert [row[4] for row in candles(server, "1s", 2)] == ["154.00000000", "155.00000000"]
        server.control("clock", advance=7)
        before = candles(server, "1s", 20)
        assert before[-1][4] == "162.00000000"
        server.kill()
        server.start()
        assert candles(server, "1s", 20) == before
        server.control("clock", advance=100)
        assert server.get("/api/v3/ticker/price", symbol="BTCUSDT").status_code == 503
        assert server.get("/api/v3/ticker/price", symbol="ETHUSDT").status_code == 200
        assert server.get("/paper/status").json()["ready"] is False


def test_a_limit_order_fills_when_the_recording_trades_through_it(tmp_path: Path) -> None:
    path = write_candles(tmp_path / "BTCUSDT-1m.csv", 100)
    options = ("--prices", f"replay:{path},per=second,history=50", "--faults", "--clock", "manual")
    with running(PaperServer(tmp_path / "paper.sqlite3", *options)) as server:
        account = server.open_account(balances={"BTC": "1"})
        order = {
            "symbol": "BTCUSDT",
            "side": "SELL",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": "0.1",
        }
        server.signed(account, "POST", "/api/v3/order", **order, price="163")
        server.control("clock", advance=3)
        assert server.ledger(account)["orders"][0]["status"] == "NEW"
        server.control("clock", advance=1)
        assert server.ledger(account)["orders"][0]["status"] == "FILLED", "164 was its high"
        assert [fill["price"] for fill in server.ledger(account)["fills"]] == ["163.00"]


@pytest.mark.skipif(not os.environ.get(RECORDED), reason=f"{RECORDED} names no file of recorded candles")
def test_recorded_candles_come_back_as_they_were(tmp_path: Path) -> None:
    path = Path(os.environ[RECORDED])
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
        recorded = [row for row, _ in zip(csv.DictReader(stream), range(1000), strict=False)]
    options = ("--prices", f"replay:{path},symbol=BTCUSDT", "--clock", "manual")
    with running(PaperServer(tmp_path / "paper.sqlite3", *options)) as server:
        shown = candles(server, "1m", 1000)[:-1]
    names = ("open", "high", "low", "close", "volume")
    expected = [tuple(Decimal(row[name]) for name in names) for row in recorded[1:]]
    assert [tuple(map(Decimal, row[1:6])) for row in shown] == expected


def test_live_prices_follow_their_source_through_its_absence(tmp_path: Path) -> None:
    source = PaperServer(tmp_path / "source.sqlite3", "--faults")
    with running(source):
        source.control("price", symbol="BTCUSDT", price="70000")
        live = PaperServer(tmp_path / "live.sqlite3", "--prices", "live", "--live-url", source.url)
        with running(live):
            wait_until(lambda: bool(live.get("/paper/status").json()["ready"]))
            status = live.get("/paper/status").json()
            assert (status["prices"], status["simulated"]) == ("live", False)
            assert price(live) == "70000.00000000"
            assert (
                live.get("/api/v3/klines", symbol="BTCUSDT", interval="1m").json()[-1][4] == "70000.00000000"
            )
            day = live.get("/api/v3/ticker/24hr", symbol="BTCUSDT").json()
            assert Decimal(day["lastPrice"]) == 70000
            source.control("price", symbol="BTCUSDT", price="71000")
            wait_until(lambda: price(live) == "71000.00000000")
            account = live.open_account()
            order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
            bought = live.signed(account, "POST", "/api/v3/order", **order).json()
            assert 71000 < Decimal(bought["fills"][0]["price"]) < 71100
            source.kill()
            wait_until(lambda: not live.get("/paper/status").json()["ready"])
            refused = live.signed(account, "POST", "/api/v3/order", **order)
            assert (refused.status_code, refused.json()["code"]) == (503, -1001)
            for path in ("ticker/price", "klines", "depth", "ticker/24hr"):
                answer = live.get(
                    f"/api/v3/{path}", symbol="BTCUSDT", **({"interval": "1m"} if path == "klines" else {})
                )
                assert answer.status_code == 503, path
            assert live.signed(account, "GET", "/api/v3/account").status_code == 200
            source.start()
            wait_until(lambda: bool(live.get("/paper/status").json()["ready"]))
            assert price(live) == "71000.00000000"


def price(server: PaperServer) -> str:
    return str(server.get("/api/v3/ticker/price", symbol="BTCUSDT").json().get("price"))


def test_live_prices_that_never_came_are_said_to_be_missing(tmp_path: Path) -> None:
    options = ("--prices", "live", "--live-url", "http://127.0.0.1:1")
    with running(PaperServer(tmp_path / "paper.sqlite3", *options)) as server:
        wait_until(lambda: "ExchangeNotAvailable" in server.get("/paper/status").json()["message"])
        assert server.get("/paper/status").json()["ready"] is False
        assert server.get("/api/v3/ticker/price").status_code == 503
