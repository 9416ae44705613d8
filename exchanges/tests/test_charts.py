"""Candles for charts: many viewers cost one request."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from exchanges.errors import RequestRefused
from exchanges.market_data.charts import fetch_chart_candles, fetch_history
from exchanges.tests.canned import binance_answer
from exchanges.tests.conftest import BINANCE, BYBIT
from exchanges.tests.fake_exchange import Asked, FakeExchange
from exchanges.timeframes import supported_timeframes, timeframe_seconds
from saas.redis import get_redis, key


def test_viewers_of_one_chart_share_it(fake: FakeExchange) -> None:
    fake.route = binance_answer
    first = fetch_chart_candles(BINANCE, "BTC/USDT", "1m", 2)
    assert fetch_chart_candles(BINANCE, "BTC/USDT", "1m", 2) == first
    assert first[1].open_time - first[0].open_time == timedelta(minutes=1)
    assert len(fake.asked) == 1
    fetch_chart_candles(BINANCE, "BTC/USDT", "5m", 2)
    assert len(fake.asked) == 2


@pytest.mark.parametrize(("timeframe", "seconds"), [("1s", 1), ("1m", 5), ("1d", 5)])
def test_a_chart_is_kept_for_seconds_only(
    fake: FakeExchange, redis: Any, timeframe: str, seconds: int
) -> None:
    fake.route = binance_answer
    fetch_chart_candles(BINANCE, "BTC/USDT", timeframe, 2)
    assert 0 < redis.pttl(key(f"chart:binance:paper:BTC/USDT:{timeframe}:2")) <= seconds * 1_000


def minute_answer(asked: Asked) -> Any:
    """Candles of three days; as Binance does, the newest without a start and from the start on with one."""
    newest = 1772366400 // 60 * 60
    first = int(asked.fields["startTime"]) // 1_000 if "startTime" in asked.fields else newest - 999 * 60
    opens = range(max(first, newest - 3 * 86_400), newest + 1, 60)[: int(asked.fields["limit"])]
    return [[moment * 1_000, "1", "2", "1", "2", "5"] for moment in opens]


@pytest.mark.parametrize(("count", "requests"), [(300, 1), (1_000, 1), (1_940, 3), (4_000, 5), (9_000, 5)])
def test_a_longer_history_is_asked_for_page_by_page(fake: FakeExchange, count: int, requests: int) -> None:
    fake.route = minute_answer
    candles = fetch_history(BINANCE, "BTC/USDT", "1m", count)
    opened = [candle.open_time for candle in candles]
    assert len(candles) == min(count, 3 * 1_440 + 1)
    assert {later - earlier for earlier, later in pairwise(opened)} == {timedelta(minutes=1)}
    assert len(fake.asked) <= requests
    asked = len(fake.asked)
    assert fetch_history(BINANCE, "BTC/USDT", "1m", count) == candles
    assert fetch_history(BINANCE, "BTC/USDT", "1m", min(count, 700)) == candles[-700:]
    assert len(fake.asked) == asked


def test_many_at_once_ask_once(fake: FakeExchange) -> None:
    fake.route = minute_answer
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: fetch_history(BINANCE, "BTC/USDT", "1m", 500), range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert len(fake.asked) == 1


def test_without_redis_the_exchange_is_asked(fake: FakeExchange, settings: Any, free_port: int) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port}/0"
    get_redis.cache_clear()
    fake.route = binance_answer
    assert len(fetch_chart_candles(BINANCE, "BTC/USDT", "1m", 2)) == 2


def test_what_the_exchange_lacks_is_refused(fake: FakeExchange) -> None:
    with pytest.raises(RequestRefused):
        fetch_chart_candles(BYBIT, "BTC/USDT", "1s", 2)


def test_timeframes() -> None:
    assert supported_timeframes("binance") == ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d")
    assert supported_timeframes("bybit") == supported_timeframes("binance")[1:]
    assert [timeframe_seconds(name) for name in ("1s", "15m", "1d")] == [1, 900, 86_400]
    with pytest.raises(KeyError):
        timeframe_seconds("2s")
    with pytest.raises(RequestRefused):
        supported_timeframes("kraken")
