"""When a stream is relied upon, and when the exchange is asked as ever. The stream here says what a test says."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges.dialects.streams import StreamDialect
from exchanges.market_data.streamed_collector import ALIVE, AUDIT, CANDLE_PATIENCE, QUIET, StreamedCollector
from exchanges.market_data.view import Snapshot
from exchanges.streaming import Message, News, Standing, dialect_of
from exchanges.tests.conftest import BINANCE
from exchanges.tests.fake_exchange import FakeExchange, Reply
from exchanges.tests.test_collector import BTC, ETH, START, Market, closes_of, counted, watch
from exchanges.tests.test_streaming import wait_for

SECOND = timedelta(seconds=1)


class ToldStream:
    """A stream in whose place a test speaks."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.wanted: tuple[str, ...] = ()
        self.followed: frozenset[str] = frozenset()
        self.connection = 1
        self.heard_at: datetime | None = None
        self.told_at: datetime | None = None
        self.latest: dict[str, Message] = {}
        self.finals: list[tuple[str, Message]] = []
        self.restarts: list[str] = []
        self.dialect: StreamDialect = dialect_of(BINANCE)

    def follow(self, topics: Iterable[str]) -> None:
        self.wanted = tuple(topics)

    def confirm(self) -> None:
        self.followed = frozenset(self.wanted)

    def standing(self) -> Standing:
        return Standing(self.connection, self.followed, self.heard_at, self.told_at)

    def take(self) -> News:
        news = News(self.latest, self.finals)
        self.latest, self.finals = {}, []
        return news

    def restart(self, reason: str) -> None:
        self.restarts.append(reason)
        self.connection += 1
        self.followed = frozenset()

    def close(self) -> None:
        return

    def pong(self) -> None:
        self.heard_at = self.market.now

    def tell(self, symbol: str, price: str) -> None:
        """A trade, and the book around it."""
        book, trade = self.dialect.price_topics(symbol)
        self.say(book, {"bids": [[price, "1"]], "asks": [[price, "1"]]})
        self.say(trade, {"E": int(self.market.now.timestamp() * 1_000), "p": price})

    def say(self, topic: str, data: Any) -> None:
        self.latest[topic] = self._message(topic, data)

    def close_candle(self, symbol: str, opened: datetime, close: str) -> None:
        topic = self.dialect.candle_topic(symbol, "1s")
        row = dict.fromkeys("ohlv", "1") | {"t": int(opened.timestamp() * 1_000), "c": close, "x": True}
        self.finals.append((topic, self._message(topic, {"E": row["t"], "k": row})))

    def _message(self, topic: str, data: Any) -> Message:
        self.heard_at = self.told_at = self.market.now
        return Message(self.market.now, json.dumps({"stream": topic, "data": data}))


@pytest.fixture
def market(fake: FakeExchange) -> Market:
    market = Market()
    fake.route = market.answer
    return market


@pytest.fixture
def stream(market: Market) -> ToldStream:
    return ToldStream(market)


@pytest.fixture
def collector(market: Market, stream: ToldStream) -> Iterator[StreamedCollector]:
    with StreamedCollector(BINANCE, stream) as collector:  # type: ignore[arg-type]  # it speaks for one
        yield collector


@pytest.fixture
def serving(fake: FakeExchange, collector: StreamedCollector, stream: ToldStream) -> StreamedCollector:
    """A collector whose stream has been confirmed, was asked beside once, and has begun to tell."""
    collector.collect(WANTED, stream.market.now)
    stream.confirm()
    stream.market.now += SECOND
    collector.collect(WANTED, stream.market.now)
    stream.close_candle(BTC, START, "0")
    stream.market.now += SECOND
    stream.tell(BTC, "500")
    counted(fake)
    return collector


WANTED = [watch(), watch(ETH, "1m", 0)]


def step(collector: StreamedCollector, stream: ToldStream, seconds: float = 1) -> Snapshot:
    stream.market.now += timedelta(seconds=seconds)
    return collector.collect(WANTED, stream.market.now)


def test_until_the_exchange_confirms_it_is_asked(
    fake: FakeExchange, collector: StreamedCollector, stream: ToldStream
) -> None:
    for _ in range(3):
        stream.tell(BTC, "1")
        assert step(collector, stream).tickers[BTC].last == Decimal(stream.market.price())
    assert counted(fake)["24hr"] == 3


def test_a_stream_that_serves_makes_asking_needless(
    fake: FakeExchange, serving: StreamedCollector, stream: ToldStream
) -> None:
    for second in range(20):
        stream.tell(BTC, f"{600 + second}")
        stream.close_candle(BTC, stream.market.now - SECOND, str(700 + second))
        snapshot = step(serving, stream, 0.5)
        stream.market.now += SECOND / 2
        assert snapshot.tickers[BTC].last == snapshot.tickers[BTC].bid == 600 + second
    assert counted(fake) == {}
    assert closes_of(snapshot)[-1] == 719


def test_what_is_told_between_ticks_is_there_at_once(serving: StreamedCollector, stream: ToldStream) -> None:
    stream.tell(BTC, "321.0000000000000001")
    snapshot = serving.between(stream.market.now)
    assert snapshot is not None
    assert snapshot.tickers[BTC].last == Decimal("321.0000000000000001")
    assert snapshot.tickers[ETH].last == Decimal(1001), "nothing was told of it, so it is as it was asked"


def test_the_time_of_a_snapshot_is_that_of_the_last_sign_of_life(
    serving: StreamedCollector, stream: ToldStream
) -> None:
    stream.tell(BTC, "9")
    told = stream.market.now
    assert step(serving, stream).taken_at == told, "nothing was heard since"
    stream.pong()
    assert step(serving, stream, 0).taken_at == told + SECOND, "nothing happened, but the line lives"


def test_a_line_without_any_sign_of_life_is_not_relied_upon(
    fake: FakeExchange, serving: StreamedCollector, stream: ToldStream
) -> None:
    step(serving, stream, ALIVE.total_seconds())
    assert counted(fake) == {}
    snapshot = step(serving, stream, 0.1)
    assert counted(fake)["24hr"] == 1
    assert snapshot.taken_at == stream.market.now
    assert serving.between(stream.market.now) is None


def test_a_quiet_market_is_asked_for_and_ends_no_connection(
    fake: FakeExchange, serving: StreamedCollector, stream: ToldStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream.market, "price", lambda: "1001.0")
    for _ in range(int(QUIET.total_seconds())):
        stream.pong()
        step(serving, stream)
    assert counted(fake) == {}
    for _ in range(10):
        stream.pong()
        step(serving, stream)
    assert counted(fake)["24hr"] == 10
    assert stream.restarts == []
    stream.tell(BTC, "8")
    assert step(serving, stream).tickers[BTC].last == 8
    assert counted(fake) == {}


def test_a_stream_that_lost_its_tongue_begins_anew(serving: StreamedCollector, stream: ToldStream) -> None:
    """Here the prices that are asked for move each second, and the line lives."""
    for _ in range(int(QUIET.total_seconds()) + 4):
        stream.pong()
        snapshot = step(serving, stream)
    assert stream.restarts == ["it does not tell everything"]
    assert snapshot.tickers[BTC].last == Decimal(stream.market.price())


def test_a_pair_that_moved_without_a_word_makes_it_begin_anew(
    fake: FakeExchange, serving: StreamedCollector, stream: ToldStream
) -> None:
    """BTC is told, ETH is not although it moves: an audit finds it, the next confirms it."""
    for _ in range(int(AUDIT.total_seconds()) + 3):
        stream.tell(BTC, stream.market.price())
        step(serving, stream)
    assert stream.restarts == ["it does not tell everything"]


def test_all_prices_are_asked_for_twice_a_minute_and_told_ones_win(
    fake: FakeExchange, serving: StreamedCollector, stream: ToldStream
) -> None:
    for _ in range(60):
        for symbol in (BTC, ETH, "USDT/BRL"):
            stream.tell(symbol, "77")
        stream.close_candle(BTC, stream.market.now - SECOND, "1")
        stream.pong()
        stream.market.now += timedelta(milliseconds=1)
        snapshot = step(serving, stream, 0.999)
        stream.pong()
    assert counted(fake)["24hr"] == 2
    assert snapshot.tickers[ETH].last == 77
    assert stream.restarts == []


def test_what_is_told_does_not_wait_for_an_audit_that_is_not_answered(
    fake: FakeExchange, serving: StreamedCollector, stream: ToldStream
) -> None:
    fake.route = None
    fake.reply(Reply(b"", 503))
    stream.market.now += AUDIT
    for second in range(40):
        stream.market.now += SECOND
        stream.tell(BTC, f"{600 + second}")
        assert step(serving, stream, 0).tickers[BTC].last == 600 + second
    asked = [asked for asked in fake.asked if asked.path.endswith("24hr")]
    assert len(asked) == 2


def test_another_symbol_is_asked_for_until_it_is_confirmed(
    fake: FakeExchange, serving: StreamedCollector, stream: ToldStream
) -> None:
    wanted = [*WANTED, watch("BNB/USDT", "1s", 3)]
    stream.market.now += SECOND
    serving.collect(wanted, stream.market.now)
    assert "bnbusdt@aggTrade" in stream.wanted
    assert counted(fake)["24hr"] == 1
    stream.confirm()
    stream.market.now += SECOND
    serving.collect(wanted, stream.market.now)
    stream.tell(BTC, "55")
    counted(fake)
    assert serving.collect(wanted, stream.market.now).tickers[BTC].last == 55
    assert counted(fake) == {}


def test_another_connection_begins_with_asking(
    fake: FakeExchange, serving: StreamedCollector, stream: ToldStream
) -> None:
    stream.restart("the line broke")
    step(serving, stream)
    stream.confirm()
    stream.pong()
    step(serving, stream)
    assert counted(fake)["24hr"] == 2
    snapshot = serving.between(stream.market.now)
    assert snapshot is not None
    assert snapshot.tickers[BTC].last == 1004, "what the lost connection told is not told again"


def test_a_candle_that_is_not_told_is_asked_for_in_the_end(
    fake: FakeExchange, serving: StreamedCollector, stream: ToldStream
) -> None:
    stream.market.now += CANDLE_PATIENCE + 2 * SECOND
    stream.tell(BTC, "5")
    assert closes_of(step(serving, stream, 0)) == list(range(-4, 1)), "not before it was asked for"
    closes = wait_for(lambda: (found := closes_of(step(serving, stream, 0)))[-1] > 0 and found)
    assert closes == list(range(closes[-1] - 4, closes[-1] + 1)), "without a hole"
    assert closes[-1] == (stream.market.now - START) // SECOND - 1
    assert counted(fake) == {"klines": 1}


def test_a_candle_out_of_order_makes_no_hole(serving: StreamedCollector, stream: ToldStream) -> None:
    before = closes_of(step(serving, stream, 0))
    stream.close_candle(BTC, START + 30 * SECOND, "30")
    stream.tell(BTC, "5")
    assert closes_of(step(serving, stream, 0)) == before


def test_what_cannot_be_read_is_no_price_and_ends_the_connection(
    serving: StreamedCollector, stream: ToldStream
) -> None:
    stream.say("btcusdt@aggTrade", {"E": 1, "p": "NaN"})
    assert serving.between(stream.market.now) is None
    assert stream.restarts == ["unreadable"]
    assert step(serving, stream).tickers[BTC].last == Decimal(stream.market.price())


def test_a_clock_that_is_set_back_makes_no_old_price_a_new_one(
    serving: StreamedCollector, stream: ToldStream
) -> None:
    for _ in range(3):
        stream.tell(BTC, "700")
        step(serving, stream)
    stream.market.now -= timedelta(minutes=10)
    assert serving.between(stream.market.now) is None
    for _ in range(3):
        stream.tell(ETH, "300")
        snapshot = step(serving, stream)
        assert snapshot.taken_at <= stream.market.now
    assert snapshot.tickers[ETH].last == 300
    assert snapshot.tickers[BTC].last != 700, "what was told ten minutes later by that clock is not newer"


def test_a_line_that_was_heard_by_a_clock_set_back_since_is_not_relied_upon(
    fake: FakeExchange, serving: StreamedCollector, stream: ToldStream
) -> None:
    step(serving, stream, 0)
    stream.market.now -= timedelta(minutes=10)
    counted(fake)
    step(serving, stream)
    step(serving, stream)
    assert counted(fake)["24hr"] == 2


def test_a_book_that_is_empty_on_a_side_ends_no_connection(
    serving: StreamedCollector, stream: ToldStream
) -> None:
    """It is that pair's trouble, and not that of all who watch this exchange."""
    book, _ = stream.dialect.price_topics(BTC)
    stream.say(book, {"bids": [], "asks": [["9", "1"]]})
    assert step(serving, stream).tickers[BTC].ask == 9
    assert stream.restarts == []


def test_more_than_fits_on_a_connection_is_asked_for(
    collector: StreamedCollector, stream: ToldStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream.dialect, "most_topics", 3)
    step(collector, stream)
    assert stream.wanted == ()
    stream.confirm()
    stream.tell(BTC, "1")
    assert step(collector, stream).tickers[BTC].last == Decimal(stream.market.price())


def test_a_candle_is_waited_for_by_the_exchanges_clock(
    fake: FakeExchange, serving: StreamedCollector, stream: ToldStream
) -> None:
    """Ours is a minute behind: what closed over there long ago and was not told is asked for."""
    _, trade = stream.dialect.price_topics(BTC)
    step(serving, stream, 0)
    counted(fake)
    ahead = stream.market.now + timedelta(minutes=1)
    stream.say(trade, {"E": int(ahead.timestamp() * 1_000), "p": "500"})
    step(serving, stream, 0)
    wait_for(lambda: counted(fake)["klines"])
