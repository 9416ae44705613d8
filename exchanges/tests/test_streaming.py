"""A stream follows what is wanted on the real paper exchange, and comes back from whatever ends it."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from exchanges import streaming
from exchanges.domain import Venue
from exchanges.streaming import MarketStream, Message, News, dialect_of
from exchanges.tests.conftest import BINANCE, BYBIT

VENUES = pytest.mark.parametrize("venue", [BINANCE, BYBIT], ids=str)
OpenStream = Callable[[Venue], MarketStream]


def wait_for(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """The first true value of `condition`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)
    return found


def control_streams(url: str, **content: Any) -> None:
    requests.post(f"{url}/paper/control/streams", json=content, timeout=10).raise_for_status()


@pytest.fixture
def open_stream(paper: str) -> Iterator[OpenStream]:
    """Starts streams of the paper exchange, which ends them and streams as before afterwards."""
    opened: list[MarketStream] = []

    def start(venue: Venue) -> MarketStream:
        opened.append(MarketStream(venue, lambda: None))
        opened[-1].start()
        return opened[-1]

    yield start
    for stream in opened:
        stream.close()
        assert not stream.is_alive()
    control_streams(paper, state="open")


def topics_of(venue: Venue, symbol: str = "BTC/USDT") -> tuple[str, ...]:
    return tuple(dialect_of(venue).price_topics(symbol))


def is_following(stream: MarketStream, topics: tuple[str, ...]) -> bool:
    return stream.standing().followed == frozenset(topics)


@VENUES
def test_what_is_followed_is_told_raw_and_only_the_newest(open_stream: OpenStream, venue: Venue) -> None:
    stream, topics = open_stream(venue), topics_of(venue)
    stream.follow(topics)
    wait_for(lambda: is_following(stream, topics))
    told: News = wait_for(lambda: (news := stream.take()).latest.keys() == set(topics) and news)
    read = [dialect_of(venue).read(topic, message.text) for topic, message in told.latest.items()]
    assert any(one.last for one in read)
    assert any(one.best for one in read)
    standing = stream.standing()
    assert standing.heard_at is not None
    assert standing.told_at is not None
    assert standing.told_at <= standing.heard_at


@VENUES
def test_what_is_not_wanted_any_more_is_left(open_stream: OpenStream, venue: Venue) -> None:
    stream, before, after = open_stream(venue), topics_of(venue), topics_of(venue, "ETH/USDT")
    stream.follow(before)
    wait_for(lambda: is_following(stream, before))
    stream.follow(after)
    wait_for(lambda: is_following(stream, after))
    assert stream.standing().connection == 1, "on the same connection"
    stream.take()
    wait_for(lambda: set(after) <= set(stream.take().latest), 10)


def test_every_candle_that_closes_is_kept_until_it_is_taken(open_stream: OpenStream) -> None:
    dialect = dialect_of(BINANCE)
    stream, topic = open_stream(BINANCE), dialect.candle_topic("BTC/USDT", "1s")
    stream.follow([topic])
    finals: list[tuple[str, Message]] = []

    def has_three() -> bool:
        news = stream.take()
        assert topic not in news.latest, "one that is forming is of no interest"
        finals.extend(news.finals)
        return len(finals) >= 3

    wait_for(has_three)
    candles = [dialect.read(name, message.text).candle for name, message in finals]
    opened = [candle.open_time for candle in candles if candle]
    assert opened == [opened[0] + timedelta(seconds=second) for second in range(len(finals))]


@VENUES
def test_a_stream_that_is_cut_comes_back(open_stream: OpenStream, paper: str, venue: Venue) -> None:
    stream, topics = open_stream(venue), topics_of(venue)
    stream.follow(topics)
    wait_for(lambda: is_following(stream, topics))
    control_streams(paper, cut=True)
    wait_for(lambda: not stream.standing().followed)
    wait_for(lambda: is_following(stream, topics))
    assert stream.standing().connection == 2


def test_a_line_on_which_pings_are_not_answered_is_given_up(
    open_stream: OpenStream, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bybit's pings are messages, and a silent stream answers none."""
    stream, topics = open_stream(BYBIT), topics_of(BYBIT)
    stream.follow(topics)
    wait_for(lambda: is_following(stream, topics))
    monkeypatch.setattr(streaming, "ANSWER_SECONDS", 0.5)
    control_streams(paper, state="silent")
    wait_for(lambda: not stream.standing().followed)
    control_streams(paper, state="open")
    wait_for(lambda: is_following(stream, topics))


@VENUES
def test_whoever_speaks_need_not_answer_pings(
    open_stream: OpenStream, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bybit's answers to them are messages, of which ccxt knows nothing here."""
    monkeypatch.setattr(streaming, "PING_SECONDS", 0.5)
    stream, topics = open_stream(venue), topics_of(venue)
    stream.follow(topics)
    wait_for(lambda: is_following(stream, topics))
    since = stream.standing().heard_at
    assert since is not None
    later = since + timedelta(seconds=3)
    wait_for(lambda: (stream.standing().heard_at or since) > later)
    assert stream.standing().connection == 1


def test_it_tries_again_ever_more_seldom(
    open_stream: OpenStream, paper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    control_streams(paper, state="closed")
    waits: list[float | None] = []

    async def remember(self: MarketStream, seconds: float | None) -> None:
        waits.append(seconds)
        if len(waits) > 8:
            self._leaving = True

    monkeypatch.setattr(MarketStream, "_sleep", remember)
    stream = MarketStream(BINANCE, lambda: None)
    stream.follow(topics_of(BINANCE))
    stream.start()
    stream.join(60)
    assert not stream.is_alive()
    assert waits[:7] == [0.5, 1, 2, 4, 8, 15, 15]


@pytest.mark.parametrize("failing", ["build", "close"])
def test_it_comes_back_from_what_fails_before_and_after_a_connection(
    open_stream: OpenStream, paper: str, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    build, failures = streaming.build_stream, [OSError("no more files")]

    def fail_once(*arguments: Any) -> Any:
        if failing == "build" and failures:
            raise failures.pop()
        built = build(*arguments)
        if failures:
            built.close = fail_to_close
        return built

    async def fail_to_close() -> None:
        raise failures.pop()

    monkeypatch.setattr(streaming, "build_stream", fail_once)
    stream, topics = open_stream(BINANCE), topics_of(BINANCE)
    stream.follow(topics)
    if failing == "close":
        wait_for(lambda: is_following(stream, topics))
        control_streams(paper, cut=True)
    wait_for(lambda: not failures)
    wait_for(lambda: is_following(stream, topics))


def test_a_refused_topic_ends_the_connection(open_stream: OpenStream) -> None:
    stream = open_stream(BYBIT)
    stream.follow(["tickers.NOPEUSDT"])
    wait_for(lambda: stream.standing().connection >= 2)
    assert not stream.standing().followed


def test_news_are_announced(paper: str) -> None:
    announced = threading.Event()
    stream = MarketStream(BINANCE, announced.set)
    stream.follow(topics_of(BINANCE))
    stream.start()
    try:
        assert announced.wait(20)
    finally:
        stream.close()


def test_a_stream_that_was_never_started_is_closed_as_well() -> None:
    MarketStream(BINANCE, lambda: None).close()
