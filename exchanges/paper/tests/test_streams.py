"""Prices that are pushed, in both dialects' shapes, and what the controls do to them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from .server import CALL_SECONDS, PaperServer, running, wait_until

BINANCE = "/stream?streams="
BYBIT = "/v5/public/spot"


@pytest.fixture(scope="module")
def walking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperServer]:
    """An exchange whose prices move with the time of day."""
    data: Path = tmp_path_factory.mktemp("paper") / "paper.sqlite3"
    with running(PaperServer(data, "--faults")) as server:
        yield server


@pytest.fixture(autouse=True)
def open_again(exchange: PaperServer) -> Iterator[None]:
    yield
    exchange.control("streams", state="open")


class Listener:
    """One connection, read message by message."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def send(self, **content: Any) -> None:
        self._connection.send(json.dumps(content))

    def read(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._connection.recv(CALL_SECONDS))
        return message

    def find(self, **fields: Any) -> dict[str, Any]:
        """The next message that has these."""
        while True:
            message = self.read()
            if all(message.get(name) == value for name, value in fields.items()):
                return message

    def hear_nothing(self, seconds: float) -> bool:
        try:
            self._connection.recv(seconds)
        except TimeoutError:
            return True
        return False


@contextmanager
def listening(server: PaperServer, path: str) -> Iterator[Listener]:
    with connect(f"ws://127.0.0.1:{server.port}{path}") as connection:
        yield Listener(connection)


def test_binance_pushes_the_book_the_trade_and_the_candle_of_each_second(walking: PaperServer) -> None:
    names = ("btcusdt@depth5@100ms", "btcusdt@aggTrade", "btcusdt@kline_1s")
    with listening(walking, BINANCE + "/".join(names)) as listener:
        while listener.find(stream=names[2])["data"]["k"]["x"]:
            continue
        messages = [listener.read() for _ in range(4)]
    assert [message["stream"] for message in messages[:3]] == list(names)
    book, trade, closed, forming = (message["data"] for message in messages)
    assert (len(book["bids"]), len(book["asks"])) == (5, 5)
    assert float(book["bids"][0][0]) < float(trade["p"]) < float(book["asks"][0][0])
    assert (trade["e"], trade["s"], trade["E"]) == ("aggTrade", "BTCUSDT", trade["T"])
    assert (closed["k"]["x"], forming["k"]["x"]) == (True, False)
    assert closed["k"]["T"] + 1 == forming["k"]["t"]
    assert forming["k"]["c"] == trade["p"]


def test_bybit_pushes_the_book_the_ticker_and_the_candle(walking: PaperServer) -> None:
    names = ["orderbook.1.BTCUSDT", "tickers.BTCUSDT", "kline.1.BTCUSDT"]
    with listening(walking, BYBIT) as listener:
        listener.send(op="subscribe", args=names, req_id="7")
        assert listener.read() | {"conn_id": ""} == {
            "success": True,
            "ret_msg": "subscribe",
            "conn_id": "",
            "req_id": "7",
            "op": "subscribe",
        }
        book, ticker, candle = (listener.find(topic=name, type="snapshot")["data"] for name in names)
    assert float(book["b"][0][0]) < float(ticker["lastPrice"]) < float(book["a"][0][0])
    assert (candle[0]["interval"], candle[0]["confirm"]) == ("1", False)
    assert candle[0]["end"] - candle[0]["start"] == 59_999


def test_a_candle_that_closes_is_the_one_that_can_be_asked_for(exchange: PaperServer) -> None:
    with listening(exchange, BINANCE + "ethusdt@kline_1m") as listener:
        exchange.control("clock", advance=180)
        closed = [listener.find(stream="ethusdt@kline_1m")["data"]["k"] for _ in range(3)]
    assert all(candle["x"] for candle in closed)
    rows = exchange.get("/api/v3/klines", symbol="ETHUSDT", interval="1m", limit=4).json()
    assert [[candle[name] for name in "tohlcvTq"] for candle in closed] == [row[:8] for row in rows[:3]]


@pytest.mark.parametrize(
    ("path", "topic"), [(BINANCE + "btcusdt@aggTrade", "stream"), (BYBIT, "topic")], ids=["binance", "bybit"]
)
def test_a_pinned_price_is_pushed_at_once(exchange: PaperServer, path: str, topic: str) -> None:
    """The clock stands still here: nothing else would be pushed."""
    with listening(exchange, path) as listener:
        if path == BYBIT:
            listener.send(op="subscribe", args=["tickers.BTCUSDT"], req_id="1")
            listener.find(topic="tickers.BTCUSDT")
        exchange.control("price", symbol="BTCUSDT", price="12345.67")
        told = json.dumps(listener.read())
    assert topic in told
    assert "12345.67" in told


def test_binance_follows_and_leaves_on_request(exchange: PaperServer) -> None:
    with listening(exchange, BINANCE + "btcusdt@aggTrade") as listener:
        listener.send(method="SUBSCRIBE", params=["ethusdt@aggTrade", "nopeusdt@aggTrade"], id=1)
        assert listener.read() == {"result": None, "id": 1}
        listener.send(method="UNSUBSCRIBE", params=["btcusdt@aggTrade"], id=2)
        assert listener.read() == {"result": None, "id": 2}
        listener.send(method="LIST_SUBSCRIPTIONS", id=3)
        assert listener.read() == {"result": ["ethusdt@aggTrade"], "id": 3}
        listener.send(method="JUMP", id=4)
        assert listener.read()["error"]["code"] == 2
        exchange.control("clock", advance=1)
        assert listener.read()["stream"] == "ethusdt@aggTrade"


def test_bybit_refuses_what_it_does_not_know_and_answers_pings(exchange: PaperServer) -> None:
    with listening(exchange, BYBIT) as listener:
        for wrong in (["tickers.NOPEUSDT"], ["tickers.BTCUSDT"] * 11, ["kline.7.BTCUSDT"]):
            listener.send(op="subscribe", args=wrong, req_id="1")
            assert listener.read()["success"] is False
        listener.send(op="ping", req_id="2")
        assert listener.read()["ret_msg"] == "pong"
        listener.send(op="subscribe", args=["tickers.BTCUSDT"], req_id="3")
        listener.find(topic="tickers.BTCUSDT")
        listener.send(op="unsubscribe", args=["tickers.BTCUSDT"], req_id="4")
        assert listener.find(op="unsubscribe")["success"] is True
        exchange.control("clock", advance=1)
        assert listener.hear_nothing(0.3)


@pytest.mark.parametrize("nonsense", ["", "[]", "{", "7", '{"method": 1}', '{"op": "subscribe", "args": 1}'])
@pytest.mark.parametrize("path", [BINANCE, BYBIT], ids=["binance", "bybit"])
def test_nonsense_ends_no_connection(exchange: PaperServer, path: str, nonsense: str) -> None:
    with connect(f"ws://127.0.0.1:{exchange.port}{path}") as connection:
        connection.send(nonsense)
        listener = Listener(connection)
        listener.send(method="LIST_SUBSCRIPTIONS", op="ping", id=9, req_id="9")
        listener.find(**({"id": 9} if path == BINANCE else {"req_id": "9"}))


def test_streams_are_cut_silenced_and_closed(exchange: PaperServer) -> None:
    with listening(exchange, BINANCE + "btcusdt@aggTrade") as listener:
        exchange.control("streams", state="silent")
        exchange.control("clock", advance=1)
        assert listener.hear_nothing(0.3)
        exchange.control("streams", state="open")
        exchange.control("clock", advance=1)
        assert listener.read()["stream"] == "btcusdt@aggTrade"
        exchange.control("streams", cut=True)
        with pytest.raises(ConnectionClosed):
            listener.read()
    wait_until(lambda: exchange.get("/paper/control/streams").json()["connections"] == 0)
    assert exchange.control("streams", state="closed")["state"] == "closed"
    with pytest.raises(InvalidStatus), listening(exchange, BYBIT):
        pass


def test_an_unknown_state_is_refused(exchange: PaperServer) -> None:
    answer = requests.post(
        f"{exchange.url}/paper/control/streams", json={"state": "loud"}, timeout=CALL_SECONDS
    )
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["state"])


def test_opening_a_stream_is_counted_as_a_request(exchange: PaperServer) -> None:
    def opened() -> int:
        counts: dict[str, int] = exchange.get("/paper/control/requests").json()["endpoints"]
        return counts.get(f"WEBSOCKET {BYBIT}", 0)

    before = opened()
    with listening(exchange, BYBIT):
        assert opened() == before + 1
