"""A paper or testnet session or stream contacts no live host, whatever is asked of it."""

import asyncio
import io
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import requests
import urllib3

from exchanges import paper_accounts
from exchanges.dialects import DIALECTS
from exchanges.domain import Environment, OrderRequest, OrderType, Side, Venue
from exchanges.errors import ExchangeError, OrderStatusUnknown
from exchanges.gateway import Connection, PublicClient, Session, build_client, load_instruments, open_session
from exchanges.http_session import BoundedSession, ForbiddenHost, close_connections
from exchanges.paper_accounts import open_paper_account, paper_status
from exchanges.streaming import BoundedConnector, MarketStream, build_stream, dialect_of
from exchanges.tests.canned import binance_answer, bybit_answer
from exchanges.tests.conftest import CREDENTIALS, in_ten_seconds, limit_order, market_buy
from exchanges.tests.fake_exchange import Asked, FakeExchange, Reply, read_url
from exchanges.tests.test_streaming import wait_for

SANDBOXES = {
    Venue("binance", Environment.TESTNET): {"testnet.binance.vision"},
    Venue("bybit", Environment.TESTNET): {"api-testnet.bybit.com"},
}
STREAMING_SANDBOXES = {
    Venue("binance", Environment.TESTNET): {"stream.testnet.binance.vision"},
    Venue("bybit", Environment.TESTNET): {"stream-testnet.bybit.com"},
}
PAPER = [Venue(exchange, Environment.PAPER) for exchange in DIALECTS]
ANSWERS: dict[str, Callable[[Asked], Any]] = {"binance": binance_answer, "bybit": bybit_answer}
LONG_AGO = timedelta(days=20)
SYMBOL = "BTC/USDT"


class Network:
    """The names and addresses that anybody tried to reach; only this machine exists."""

    def __init__(self) -> None:
        self.hosts: set[str] = set()

    def resolve(self, host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        self.hosts.add(name)
        if name != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "no such host in this test")
        return ORIGINAL_RESOLVER(host, *arguments, **options)


ORIGINAL_RESOLVER = socket.getaddrinfo
ORIGINAL_CONNECT = socket.socket.connect


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Records at the lowest level: every name that is resolved, and every address that is connected to."""
    network = Network()
    close_connections()

    def connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple):
            network.hosts.add(str(address[0]))
            if address[0] != "127.0.0.1":
                raise ConnectionRefusedError(address)
        ORIGINAL_CONNECT(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", network.resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return network


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Answers every request plausibly before it reaches the network, so that methods of many requests run to the end.

    Returns the hosts that were asked.
    """
    hosts: set[str] = set()

    def answer(_: Any, request: requests.PreparedRequest, **__: Any) -> requests.Response:
        hosts.add(urlsplit(str(request.url)).netloc)
        exchange = "bybit" if "bybit" in str(request.url) else "binance"
        return make_response(request, ANSWERS[exchange](read_url(request)))

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", answer)
    return hosts


def make_response(request: requests.PreparedRequest, body: Any) -> requests.Response:
    response = requests.Response()
    response.status_code, response.reason, response.url = 200, "OK", str(request.url)
    content = io.BytesIO(json.dumps(body).encode())
    response.raw = urllib3.response.HTTPResponse(body=content, preload_content=False)
    response.request = request
    return response


def public_calls(venue: Venue) -> dict[str, Callable[[PublicClient], Any]]:
    timeframe = next(iter(DIALECTS[venue.exchange].timeframes))
    return {
        "fetch_time": lambda client: client.fetch_time(),
        "fetch_instruments": lambda client: client.fetch_instruments(),
        "fetch_tickers": lambda client: client.fetch_tickers([SYMBOL]),
        "fetch_many_tickers": lambda client: client.fetch_tickers([SYMBOL] * 21),
        "fetch_market": lambda client: client.fetch_market([SYMBOL]),
        "fetch_candles": lambda client: client.fetch_candles(SYMBOL, timeframe, 10),
        "fetch_candles_since": lambda client: client.fetch_candles(SYMBOL, timeframe, 1, datetime.now(UTC)),
    }


PRIVATE_CALLS: dict[str, Callable[[Session], Any]] = {
    "send_order": lambda session: session.send_order(market_buy(), deadline=in_ten_seconds()),
    "send_limit": lambda session: session.send_order(
        limit_order("cm-2", Decimal(9)), deadline=in_ten_seconds()
    ),
    "find_order": lambda session: session.find_order(SYMBOL, "cm-1"),
    "cancel_order": lambda session: session.cancel_order(SYMBOL, "cm-1"),
    "list_order_fills": lambda session: session.list_order_fills(SYMBOL, "7"),
    "list_fills": lambda session: session.list_fills(SYMBOL, datetime.now(UTC) - LONG_AGO),
    "list_orders": lambda session: session.list_orders(SYMBOL, datetime.now(UTC) - LONG_AGO),
    "fetch_balances": lambda session: session.fetch_balances(),
    "fetch_permissions": lambda session: session.fetch_permissions(),
}


def call_everything(venue: Venue) -> list[ExchangeError]:
    """Every public method of both kinds of connection; returns what failed."""
    failures: list[ExchangeError] = []
    with PublicClient(venue) as client, open_session(venue, CREDENTIALS) as session:
        calls = [partial(call, client) for call in public_calls(venue).values()]
        for call in [*calls, *(partial(call, session) for call in PRIVATE_CALLS.values())]:
            try:
                call()
            except ExchangeError as error:
                failures.append(error)
    return failures


def test_the_calls_here_are_all_there_are() -> None:
    asked = {name.replace("_many", "").removesuffix("_since") for name in public_calls(PAPER[0])}
    asked |= PRIVATE_CALLS.keys() - {"send_limit"}
    offered = {name for kind in (PublicClient, Session) for name in vars(kind) if not name.startswith("_")}
    assert asked == offered - {"close"}
    assert {name for name in vars(Connection) if not name.startswith("_")} == {"close"}


@pytest.mark.parametrize("venue", PAPER, ids=str)
def test_paper_contacts_the_paper_exchange_alone(fake: FakeExchange, network: Network, venue: Venue) -> None:
    fake.route = ANSWERS[venue.exchange]
    assert call_everything(venue) == []
    assert load_instruments(venue).keys() == {SYMBOL}
    assert network.hosts == {"127.0.0.1"}
    assert fake.asked


def test_paper_accounts_contact_the_paper_exchange_alone(
    paper: str, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setattr(paper_accounts, "_kept", {})
    assert paper_status().ready
    open_paper_account(PAPER[0], "wall")
    assert network.hosts == {"127.0.0.1"}


@pytest.mark.parametrize("venue", SANDBOXES, ids=str)
def test_a_testnet_contacts_its_sandbox_alone(network: Network, redis: Any, venue: Venue) -> None:
    failures = call_everything(venue)
    assert len(failures) == len(public_calls(venue)) + len(PRIVATE_CALLS)
    assert network.hosts - {"127.0.0.1"} == SANDBOXES[venue]


@pytest.mark.parametrize("venue", SANDBOXES, ids=str)
def test_a_testnet_that_answers_is_its_sandbox_alone(answered: set[str], redis: Any, venue: Venue) -> None:
    assert call_everything(venue) == []
    assert answered == SANDBOXES[venue]


@pytest.mark.parametrize("venue", [*PAPER, *SANDBOXES], ids=str)
def test_ccxt_itself_finds_no_way_out(fake: FakeExchange, network: Network, venue: Venue) -> None:
    """Whatever ccxt would ask by itself, now or in its next version, it has no address to ask it at."""
    fake.route = ANSWERS[venue.exchange]
    client = build_client(venue, CREDENTIALS)
    for ask in (client.load_markets, client.fetch_currencies, client.fetch_time, client.fetch_balance):
        try:
            ask()
        except Exception as error:  # noqa: BLE001 -- ccxt may fail as it likes here, it must only not reach out
            assert error
    client.session.close()
    assert network.hosts - {"127.0.0.1"} <= SANDBOXES.get(venue, set())


@pytest.mark.parametrize("venue", [*PAPER, *SANDBOXES], ids=str)
def test_a_client_knows_no_address_outside(fake: FakeExchange, venue: Venue) -> None:
    client = build_client(venue, None)
    inside = SANDBOXES.get(venue) or {urlsplit(fake.url).netloc}
    assert {urlsplit(url).netloc for url in client.urls["api"].values()} == inside
    assert client.session.hosts == inside
    assert client.urls.keys() == {"api"}
    client.session.close()


def test_an_address_from_elsewhere_is_refused_before_it_is_resolved(network: Network) -> None:
    with BoundedSession(frozenset({"127.0.0.1:1"}), 1) as session, pytest.raises(ForbiddenHost):
        session.get("https://api.binance.com/api/v3/time")
    assert network.hosts == set()


def test_a_redirect_to_a_live_host_is_not_followed(fake: FakeExchange, network: Network) -> None:
    fake.reply(Reply({}, 307, {"Location": "https://api.binance.com/api/v3/order"}))
    order = OrderRequest(SYMBOL, Side.SELL, OrderType.MARKET, Decimal("0.001"), None, "cm-1")
    with open_session(PAPER[0], CREDENTIALS) as session, pytest.raises(OrderStatusUnknown):
        session.send_order(order, deadline=in_ten_seconds())
    assert network.hosts == {"127.0.0.1"}
    assert len(fake.asked) == 1


def test_a_proxy_of_the_environment_is_ignored(
    fake: FakeExchange, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    fake.route = binance_answer
    with open_session(PAPER[0], CREDENTIALS) as session:
        session.fetch_balances()
    assert network.hosts == {"127.0.0.1"}


@contextmanager
def streaming(venue: Venue) -> Iterator[MarketStream]:
    """A stream that follows everything it can, ended afterwards."""
    stream, dialect = MarketStream(venue, lambda: None), dialect_of(venue)
    stream.follow([*dialect.price_topics(SYMBOL), dialect.candle_topic(SYMBOL, "1m")])
    stream.start()
    try:
        yield stream
    finally:
        stream.close()


@pytest.mark.parametrize("venue", PAPER, ids=str)
def test_a_paper_stream_contacts_the_paper_exchange_alone(
    paper: str, network: Network, monkeypatch: pytest.MonkeyPatch, venue: Venue
) -> None:
    for name in ("HTTP_PROXY", "WS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    with streaming(venue) as stream:
        wait_for(lambda: stream.take().latest)
    assert network.hosts == {"127.0.0.1"}


@pytest.mark.parametrize("venue", STREAMING_SANDBOXES, ids=str)
def test_a_testnet_stream_contacts_its_sandbox_alone(network: Network, venue: Venue) -> None:
    with streaming(venue):
        wait_for(lambda: network.hosts)
        wait_for(lambda: network.hosts >= STREAMING_SANDBOXES[venue])
    assert network.hosts == STREAMING_SANDBOXES[venue]


@pytest.mark.parametrize("venue", PAPER, ids=str)
def test_a_stream_that_is_sent_to_a_live_host_stays_away(
    fake: FakeExchange, network: Network, venue: Venue
) -> None:
    fake.reply(Reply({}, 307, {"Location": "https://stream.binance.com:9443/stream"}))
    with streaming(venue):
        wait_for(lambda: len(fake.asked) >= 2)
    assert network.hosts == {"127.0.0.1"}


@pytest.mark.parametrize("venue", [*PAPER, *STREAMING_SANDBOXES], ids=str)
def test_a_streaming_client_knows_one_address(fake: FakeExchange, venue: Venue) -> None:
    async def look() -> tuple[dict[str, Any], frozenset[str]]:
        stream = build_stream(venue, lambda *_: None)
        session, hosts = stream.session, stream.session.connector.hosts
        await stream.close()
        await session.close()
        return stream.urls, hosts

    urls, hosts = asyncio.run(look())
    inside = STREAMING_SANDBOXES.get(venue) or {urlsplit(fake.url).netloc}
    assert urls.keys() == {"api"}
    assert {urlsplit(url).netloc for url in urls["api"].values()} == inside
    assert hosts == inside


def test_a_connector_refuses_an_address_from_elsewhere_before_it_is_resolved(network: Network) -> None:
    async def reach_out() -> None:
        async with aiohttp.ClientSession(connector=BoundedConnector(frozenset({"127.0.0.1:1"}))) as session:
            await session.ws_connect("wss://stream.binance.com:9443/ws")

    with pytest.raises(aiohttp.ClientConnectionError, match="does not belong to this environment"):
        asyncio.run(reach_out())
    assert network.hosts == set()
