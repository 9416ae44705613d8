"""Fixtures: a running exchange per module, a fresh account per test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ccxt
import pytest

from .server import PaperServer, open_client, running


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperServer]:
    """Random-walk prices, a market clock moved by hand, and /paper/control."""
    data: Path = tmp_path_factory.mktemp("paper") / "paper.sqlite3"
    with running(PaperServer(data, "--faults", "--clock", "manual")) as server:
        yield server


@pytest.fixture
def account(exchange: PaperServer) -> dict[str, Any]:
    return exchange.open_account(balances={"USDT": "10000", "BRL": "50000"})


@pytest.fixture
def client(exchange: PaperServer, account: dict[str, Any]) -> Iterator[ccxt.binance]:
    opened = open_client(exchange, account)
    opened.load_markets()
    yield opened
    opened.session.close()


@pytest.fixture(autouse=True)
def released_prices(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave no pinned price behind for the next test."""
    yield
    if "exchange" in request.fixturenames:
        server: PaperServer = request.getfixturevalue("exchange")
        for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT"):
            server.control("price", symbol=symbol, price=None)
