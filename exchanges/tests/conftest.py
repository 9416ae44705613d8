"""A paper exchange in a process of its own, a fake exchange in a thread, and sessions to both."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchanges import instruments, paper_accounts, rate_budget
from exchanges.credentials import Credentials
from exchanges.dialects import get_dialect
from exchanges.domain import Environment, OrderRequest, OrderType, Side, Venue
from exchanges.errors import RateLimited
from exchanges.gateway import Session, open_session
from exchanges.http_session import close_connections
from exchanges.paper_accounts import open_paper_account
from exchanges.rate_budget import Purpose
from exchanges.tests.fake_exchange import FakeExchange
from saas.redis import get_redis

ROOT = Path(__file__).parents[2]
BINANCE = Venue("binance", Environment.PAPER)
BYBIT = Venue("bybit", Environment.PAPER)
CREDENTIALS = Credentials("key-that-must-stay-secret", "secret-that-must-stay-secret")

OpenSession = Callable[[Venue], Session]


@pytest.fixture(scope="session")
def paper_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A paper exchange of this test process, announced by itself as soon as it listens."""
    data = tmp_path_factory.mktemp("paper") / "paper.sqlite3"
    command = [
        sys.executable,
        "-m",
        "exchanges.paper",
        "--port",
        "0",
        "--data",
        str(data),
        "--prices",
        "walk",
        "--faults",
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "")
    drain = threading.Thread(target=lambda: list(lines), daemon=True)
    try:
        told = "".join(takewhile_including(lines, "ready on"))
        drain.start()
        assert "ready on" in told, told
        yield next(word for word in told.split() if word.startswith("http://"))
    finally:
        process.terminate()
        process.wait(10)
        drain.join(10)
        process.stdout.close()


def takewhile_including(lines: Iterator[str], text: str) -> Iterator[str]:
    for line in lines:
        yield line
        if text in line:
            return


@pytest.fixture
def paper(paper_url: str, settings: Any, redis: Any) -> str:
    """The paper exchange as Binance's."""
    settings.PAPER_EXCHANGE_URL = paper_url
    return paper_url


@pytest.fixture
def account(paper: str) -> Credentials:
    return open_paper_account(BINANCE, "tests")


@pytest.fixture
def paper_session(account: Credentials) -> Iterator[Session]:
    with open_session(BINANCE, account) as session:
        yield session


@pytest.fixture
def fake(settings: Any, redis: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeExchange]:
    """A fake exchange as the paper environment of both dialects, of which nothing is known yet.

    Its port may have been an earlier one's: what this process keeps by address is forgotten.
    """
    for module, name in ((instruments, "_kept"), (instruments, "_doubted_at"), (paper_accounts, "_kept")):
        monkeypatch.setattr(module, name, {})
    close_connections()
    with FakeExchange() as exchange:
        settings.PAPER_EXCHANGE_URL = settings.BYBIT_PAPER_URL = exchange.url
        yield exchange


@pytest.fixture
def session_to(fake: FakeExchange) -> Iterator[OpenSession]:
    """Opens sessions to the fake exchange and closes them."""
    opened: list[Session] = []

    def open_one(venue: Venue) -> Session:
        opened.append(open_session(venue, CREDENTIALS))
        return opened[-1]

    yield open_one
    for session in opened:
        session.close()


def market_buy(client_order_id: str = "cm-1", quantity: str = "0.00100000") -> OrderRequest:
    return OrderRequest("BTC/USDT", Side.BUY, OrderType.MARKET, Decimal(quantity), None, client_order_id)


def limit_order(client_order_id: str, price: Decimal, side: Side = Side.BUY) -> OrderRequest:
    return OrderRequest("BTC/USDT", side, OrderType.LIMIT, Decimal("0.001"), price, client_order_id)


def in_ten_seconds() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=10)


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def held_for(venue: Venue) -> float:
    """Seconds for which nobody may ask; 0 where one may, which then takes the weight of a question."""
    try:
        rate_budget.Spender(venue, get_dialect(venue.exchange), Purpose.MARKET_DATA).take("GET", "time")
    except RateLimited as limited:
        return limited.retry_after
    return 0.0


@pytest.fixture
def limited(redis: Any) -> None:
    """A Redis without the limits that the paper exchange has in all other tests."""
    redis.flushdb()


@pytest.fixture
def no_redis(settings: Any, free_port: int) -> Iterator[None]:
    """A Redis that is away; what this process remembers is forgotten."""
    rate_budget.forget()
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port}/0"
    get_redis.cache_clear()
    yield
    get_redis.cache_clear()
