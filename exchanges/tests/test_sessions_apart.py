"""Sessions are copies of one client and share its connections: nothing of one user's reaches another's through either."""

import gc
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from exchanges import gateway, kept_connections
from exchanges.credentials import Credentials
from exchanges.domain import Environment, Venue
from exchanges.errors import ExchangeError
from exchanges.gateway import Session, build_client, open_session
from exchanges.http_session import close_connections
from exchanges.read_only import ReadOnlyDict, ReadOnlyList, freeze
from exchanges.tests.canned import binance_answer, bybit_answer
from exchanges.tests.conftest import BINANCE, BYBIT, in_ten_seconds, market_buy
from exchanges.tests.fake_exchange import Asked, FakeExchange, Raw, Reply

ALICE = Credentials("alice-key-0001", "alice-secret-0001", "alice-pass-0001")
BOB = Credentials("bob-key-0002", "bob-secret-0002", "bob-pass-0002")
ANSWERS: dict[Venue, Callable[[Asked], Any]] = {BINANCE: binance_answer, BYBIT: bybit_answer}
KEY_HEADERS = ("X-MBX-APIKEY", "X-BAPI-API-KEY")


@pytest.fixture(autouse=True)
def fresh_connections() -> Iterator[None]:
    close_connections()
    yield
    close_connections()


@pytest.fixture
def connects(fake: FakeExchange, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The exchange's address, once for each new connection to it."""
    made: list[Any] = []
    original = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and fake.url.endswith(f":{address[1]}"):
            made.append(address)
        original(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return made


def use(session: Session) -> None:
    session.fetch_balances()
    session.send_order(market_buy(), deadline=in_ten_seconds())
    session.find_order("BTC/USDT", "cm-1")
    session.list_order_fills("BTC/USDT", "7")


def texts_of(root: Any) -> set[str]:
    """Every text that can be reached from an object, classes, modules and functions left out."""
    seen, texts, waiting = {id(root)}, set(), [root]
    while waiting:
        for held in gc.get_referents(waiting.pop()):
            if isinstance(held, str):
                texts.add(held)
            elif id(held) not in seen and not callable(held) and type(held).__name__ != "module":
                seen.add(id(held))
                waiting.append(held)
    return texts


@pytest.mark.parametrize("venue", [BINANCE, BYBIT], ids=str)
def test_a_used_session_leaves_nothing_in_what_all_share(fake: FakeExchange, venue: Venue) -> None:
    fake.route = ANSWERS[venue]
    template = gateway._template(venue.exchange)
    before = {name: repr(value) for name, value in vars(template).items()}
    with open_session(venue, ALICE) as session:
        use(session)
    assert {name: repr(value) for name, value in vars(template).items()} == before
    assert not template.apiKey
    assert not template.secret


@pytest.mark.parametrize("venue", [BINANCE, BYBIT], ids=str)
def test_no_text_of_one_session_can_be_reached_from_another(fake: FakeExchange, venue: Venue) -> None:
    fake.route = ANSWERS[venue]
    with open_session(venue, ALICE) as first, open_session(venue, BOB) as second:
        use(first)
        use(second)
        reached = {client: texts_of(vars(client._client)) for client in (first, second)}
        assert any(ALICE.api_key in text for text in reached[first])  # the walk finds what is there
        assert not [text for text in reached[second] if "alice" in text]
        assert not [text for text in reached[first] if "bob" in text]


@pytest.mark.parametrize("exchange", ["binance", "bybit"])
def test_what_two_clients_share_cannot_be_changed(exchange: str, settings: Any) -> None:
    venue = Venue(exchange, Environment.LIVE)
    first, second = vars(build_client(venue, ALICE)), vars(build_client(venue, BOB))
    shared = [
        value for name, value in first.items() if isinstance(value, dict | list) and second[name] is value
    ]
    assert len(shared) > 10
    for value in shared:
        assert_read_only(value)
    own = {
        name for name, value in first.items() if isinstance(value, dict | list) and second[name] is not value
    }
    assert own == {"urls", "options", "headers"}


def assert_read_only(value: Any) -> None:
    if isinstance(value, dict | list):
        assert type(value) in (ReadOnlyDict, ReadOnlyList)
        for held in value.values() if isinstance(value, dict) else value:
            assert_read_only(held)


def test_a_client_of_one_environment_has_none_of_anothers_addresses(fake: FakeExchange) -> None:
    live = build_client(Venue("binance", Environment.LIVE), None)
    paper = build_client(BINANCE, None)
    assert "api.binance.com" in live.session.hosts
    assert not live.session.hosts & paper.session.hosts


def test_sessions_of_many_users_go_over_one_connection(fake: FakeExchange, connects: list[Any]) -> None:
    fake.route = binance_answer
    for credentials in (ALICE, BOB, ALICE):
        with open_session(BINANCE, credentials) as session:
            use(session)
    sent = [asked.headers.get("X-MBX-APIKEY") for asked in fake.asked]
    assert sent == [*[ALICE.api_key] * 4, *[BOB.api_key] * 4, *[ALICE.api_key] * 4]
    assert len(connects) == 1


def test_no_cookie_of_one_user_is_sent_for_another(fake: FakeExchange) -> None:
    fake.reply(Reply({"balances": []}, headers={"Set-Cookie": "who=alice"}))
    for credentials in (ALICE, BOB):
        with open_session(BINANCE, credentials) as session:
            session.fetch_balances()
            session.fetch_balances()
    assert not [asked for asked in fake.asked if "Cookie" in asked.headers]


def test_each_of_many_at_once_gets_the_answer_to_what_it_asked(fake: FakeExchange) -> None:
    """The exchange answers with the end of the key that asked, as an asset; a whole key would be masked."""
    fake.route = lambda asked: {
        "balances": [{"asset": asked.headers["X-MBX-APIKEY"][-4:], "free": "1", "locked": "0"}]
    }

    def ask(number: int) -> bool:
        with open_session(BINANCE, Credentials(f"key-{number:04}", f"secret-{number:04}")) as session:
            return all(session.fetch_balances().keys() == {f"{number:04}"} for _ in range(5))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(40)))


def test_an_idle_connection_is_not_used_again(
    fake: FakeExchange, connects: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.route = binance_answer
    monkeypatch.setattr(kept_connections, "IDLE_SECONDS", -1)
    with open_session(BINANCE, ALICE) as session:
        use(session)
    assert len(connects) == len(fake.asked)


def test_what_follows_a_broken_answer_goes_over_a_new_connection(
    fake: FakeExchange, connects: list[Any]
) -> None:
    fake.reply(Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"), Reply({"balances": []}))
    with open_session(BINANCE, ALICE) as session, pytest.raises(ExchangeError):
        session.fetch_balances()
    with open_session(BINANCE, BOB) as session:
        assert session.fetch_balances() == {}
    assert len(connects) == 2


def test_what_follows_an_answer_that_is_too_long_is_not_its_rest(fake: FakeExchange) -> None:
    """What comes after an answer must not be taken for the answer to the next user's question."""
    content = b'{"balances":[{"asset":"OF-ALICE","free":"1","locked":"0"}]}'
    stray = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content)
    fake.reply(Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" + stray), Reply({"balances": []}))
    with open_session(BINANCE, ALICE) as session, pytest.raises(ExchangeError):
        session.fetch_balances()
    with open_session(BINANCE, BOB) as session:
        assert session.fetch_balances() == {}


def test_a_child_does_not_go_on_with_its_parents_connection(fake: FakeExchange, connects: list[Any]) -> None:
    fake.route = binance_answer
    with open_session(BINANCE, ALICE) as session:
        session.fetch_balances()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            with open_session(BINANCE, BOB) as session:
                session.fetch_balances()
            os.write(writer, str(len(connects)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        assert told.read() == "2"
    os.waitpid(child, 0)


def test_a_read_only_table_refuses_every_change_and_copies_are_free() -> None:
    table = freeze({"a": [1, {"b": 2}]})
    changes: list[Callable[[], Any]] = [
        lambda: table.update(c=1),
        lambda: table.__setitem__("a", 1),
        lambda: table.pop("a"),
        lambda: table.setdefault("c", 1),
        lambda: table["a"].append(1),
        lambda: table["a"].sort(),
        lambda: table["a"][1].clear(),
    ]
    for change in changes:
        with pytest.raises(TypeError):
            change()
    assert table == {"a": [1, {"b": 2}]}
    copied = dict(table)
    copied["c"] = 1
    assert table.copy() == {"a": [1, {"b": 2}]}
