"""Candles for charts: many viewers cost one request."""

from datetime import timedelta
from typing import Any

import pytest

from exchanges.errors import RequestRefused
from exchanges.market_data.charts import fetch_chart_candles
from exchanges.tests.canned import binance_answer
from exchanges.tests.conftest import BINANCE, BYBIT
from exchanges.tests.fake_exchange import FakeExchange
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
