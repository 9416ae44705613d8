"""What a stream's messages mean, with every digit, and that nothing else is taken for one."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from exchanges.dialects import DIALECTS
from exchanges.dialects.streams import Reply, StreamDialect, Told

OPENED = datetime(2023, 1, 1, tzinfo=UTC)
TIME = datetime(2023, 1, 1, 0, 1, 0, 5_000, UTC)
OPENED_MS, TIME_MS = 1_672_531_200_000, 1_672_531_260_005
ROW = {"open": "0.0010", "high": "0.0025", "low": "0.0009", "close": "0.0020", "volume": "1000"}


def streams_of(exchange: str) -> StreamDialect:
    streams = DIALECTS[exchange].streams
    assert streams is not None
    return streams


BINANCE, BYBIT = streams_of("binance"), streams_of("bybit")


def binance(stream: str, **data: Any) -> str:
    return json.dumps({"stream": stream, "data": data}, separators=(",", ":"))


def binance_kline(*, closed: bool) -> str:
    letters = dict(zip("ohlcv", ROW.values(), strict=True))
    candle = {"t": OPENED_MS, "T": OPENED_MS + 59_999, "s": "BNBBTC", "i": "1m", **letters, "x": closed}
    return binance("bnbbtc@kline_1m", e="kline", E=TIME_MS, s="BNBBTC", k=candle)


def bybit(topic: str, data: Any, kind: str = "snapshot") -> str:
    return json.dumps({"topic": topic, "ts": TIME_MS, "type": kind, "data": data})


def bybit_kline(*, closed: bool) -> str:
    candle = {"start": OPENED_MS, "end": OPENED_MS + 59_999, "interval": "1", **ROW, "confirm": closed}
    return bybit("kline.1.BNBBTC", [candle])


MESSAGES = {
    "binance trade": (
        BINANCE,
        binance("bnbbtc@aggTrade", e="aggTrade", E=TIME_MS, s="BNBBTC", p="0.00100000000000000007", q="100"),
        Told(TIME, last=Decimal("0.00100000000000000007")),
    ),
    "binance book": (
        BINANCE,
        binance("bnbbtc@depth5@100ms", lastUpdateId=1, bids=[["0.0024", "10"]], asks=[["0.0026", "100"]]),
        Told(best=(Decimal("0.0024"), Decimal("0.0026"))),
    ),
    "binance empty book": (
        BINANCE,
        binance("bnbbtc@depth5@100ms", lastUpdateId=1, bids=[], asks=[["0.0026", "100"]]),
        Told(best=(Decimal(0), Decimal("0.0026"))),
    ),
    "binance forming candle": (BINANCE, binance_kline(closed=False), Told(TIME)),
    "bybit ticker": (
        BYBIT,
        bybit("tickers.BNBBTC", {"symbol": "BNBBTC", "lastPrice": "21109.77000000000001"}),
        Told(TIME, last=Decimal("21109.77000000000001")),
    ),
    "bybit book": (
        BYBIT,
        bybit("orderbook.1.BNBBTC", {"s": "BNBBTC", "b": [["1.5", "2"]], "a": [["1.6", "3"]], "u": 1}),
        Told(TIME, best=(Decimal("1.5"), Decimal("1.6"))),
    ),
    "bybit empty book": (
        BYBIT,
        bybit("orderbook.1.BNBBTC", {"s": "BNBBTC", "b": [], "a": [["1.6", "3"]], "u": 1}),
        Told(TIME, best=(Decimal(0), Decimal("1.6"))),
    ),
    "bybit forming candle": (BYBIT, bybit_kline(closed=False), Told(TIME)),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_read_to_the_last_digit(name: str) -> None:
    dialect, text, told = MESSAGES[name]
    topic = dialect.topic_of(text)
    assert topic is not None
    assert dialect.read(topic, text) == told


@pytest.mark.parametrize(
    ("dialect", "final", "forming"),
    [
        (BINANCE, binance_kline(closed=True), binance_kline(closed=False)),
        (BYBIT, bybit_kline(closed=True), bybit_kline(closed=False)),
    ],
    ids=["binance", "bybit"],
)
def test_a_closed_candle_is_told_from_a_forming_one(dialect: StreamDialect, final: str, forming: str) -> None:
    topic = dialect.topic_of(final)
    assert topic is not None
    assert dialect.is_candle(topic)
    assert (dialect.is_final(final), dialect.is_final(forming)) == (True, False)
    candle = dialect.read(topic, final).candle
    assert candle is not None
    assert (candle.open_time, candle.close, candle.volume) == (OPENED, Decimal("0.0020"), Decimal(1000))


@pytest.mark.parametrize("dialect", [BINANCE, BYBIT], ids=["binance", "bybit"])
def test_what_is_followed_is_what_messages_are_about(dialect: StreamDialect) -> None:
    prices, candle = dialect.price_topics("BTC/USDT"), dialect.candle_topic("BTC/USDT", "5m")
    assert [dialect.is_candle(topic) for topic in (*prices, candle)] == [False, False, True]
    assert len({*prices, candle}) == 3


@pytest.mark.parametrize(
    ("dialect", "topic", "text"),
    [
        (BINANCE, "bnbbtc@aggTrade", binance("bnbbtc@aggTrade", E=TIME_MS, p="NaN")),
        (BINANCE, "bnbbtc@aggTrade", '{"stream":"bnbbtc@aggTrade","data":{"E":1,"p":NaN}}'),
        (BINANCE, "bnbbtc@depth5@100ms", binance("bnbbtc@depth5@100ms", bids=[[]], asks=[])),
        (BINANCE, "bnbbtc@depth5@100ms", binance("bnbbtc@depth5@100ms", asks=[])),
        (BINANCE, "bnbbtc@aggTrade", "{"),
        (BYBIT, "tickers.BNBBTC", bybit("tickers.BNBBTC", {"lastPrice": "1"}, kind="delta")),
        (BYBIT, "tickers.BNBBTC", bybit("tickers.BNBBTC", {})),
    ],
)
def test_nonsense_is_never_a_price(dialect: StreamDialect, topic: str, text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, IndexError)):
        dialect.read(topic, text)


def test_a_number_that_is_no_text_loses_no_digit_either() -> None:
    text = '{"stream":"bnbbtc@aggTrade","data":{"E":1,"p":0.1000000000000000055511151231257827}}'
    assert BINANCE.read("bnbbtc@aggTrade", text).last == Decimal("0.1000000000000000055511151231257827")


@pytest.mark.parametrize(
    ("dialect", "text", "reply"),
    [
        (BINANCE, '{"result":null,"id":3}', Reply(3, accepted=True)),
        (BINANCE, '{"error":{"code":2,"msg":"Invalid request"},"id":3}', Reply(3, accepted=False)),
        (BINANCE, '{"code":-1,"msg":"no"}', None),
        (
            BYBIT,
            '{"success":true,"ret_msg":"","op":"subscribe","req_id":"follow-3"}',
            Reply(3, accepted=True),
        ),
        (BYBIT, '{"success":false,"ret_msg":"no","req_id":"follow-3"}', Reply(3, accepted=False)),
        (BYBIT, '{"success":true,"ret_msg":"pong","req_id":"3","op":"ping"}', None),
    ],
)
def test_a_reply_says_whether_a_request_was_accepted(
    dialect: StreamDialect, text: str, reply: Reply | None
) -> None:
    assert dialect.topic_of(text) is None
    assert dialect.read_reply(text) == reply
