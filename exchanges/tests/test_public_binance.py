"""Binance's public data as our values: instruments, candles and tickers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges.domain import Candle, Instrument, Ticker
from exchanges.errors import RequestRefused
from exchanges.gateway import PublicClient
from exchanges.tests.canned import binance_instrument
from exchanges.tests.conftest import BINANCE
from exchanges.tests.fake_exchange import FakeExchange, Reply

SYMBOL = "BTC/USDT"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_an_instrument_obeys_the_stricter_of_two_filters(fake: FakeExchange, redis: Any) -> None:
    margin = {**binance_instrument("XYZ", "USDT"), "isSpotTradingAllowed": False}
    fake.reply(
        Reply(
            {
                "symbols": [
                    binance_instrument("BTC", "USDT"),
                    binance_instrument("ETH", "BTC", "BREAK"),
                    margin,
                ]
            }
        )
    )
    with PublicClient(BINANCE) as client:
        found = client.fetch_instruments()
    assert found[SYMBOL] == Instrument(
        symbol=SYMBOL,
        exchange_symbol="BTCUSDT",
        base="BTC",
        quote="USDT",
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.00001"),
        min_quantity=Decimal("0.00001"),
        max_quantity=Decimal("120.5"),
        min_notional=Decimal(5),
    )
    assert not found["ETH/BTC"].active
    assert found.keys() == {SYMBOL, "ETH/BTC"}


def test_candles_come_oldest_first(fake: FakeExchange) -> None:
    fake.reply(
        Reply(
            [
                [1772366400000, "1.5", "2.5", "0.5", "2", "10.25", 0],
                [1772366460000, "2", "2", "2", "2", "0", 0],
            ]
        )
    )
    with PublicClient(BINANCE) as client:
        candles = client.fetch_candles(SYMBOL, "1m", 2, since=NOW)
    amounts = [Decimal(text) for text in ("1.5", "2.5", "0.5", "2", "10.25")]
    assert candles[0] == Candle(NOW, *amounts)
    assert candles[1].open_time == NOW + timedelta(minutes=1)
    assert fake.asked[0].fields == {
        "symbol": "BTCUSDT",
        "interval": "1m",
        "limit": "2",
        "startTime": "1772366400000",
    }


@pytest.mark.parametrize(("timeframe", "limit"), [("2s", 10), ("1m", 0), ("1m", 1001)])
def test_candles_that_nobody_offers_are_refused_unasked(
    fake: FakeExchange, timeframe: str, limit: int
) -> None:
    with PublicClient(BINANCE) as client, pytest.raises(RequestRefused):
        client.fetch_candles(SYMBOL, timeframe, limit)
    assert fake.asked == []


def test_few_tickers_are_one_light_request(fake: FakeExchange) -> None:
    row = {
        "symbol": "BTCUSDT",
        "bidPrice": "1.10",
        "askPrice": "1.20",
        "lastPrice": "1.15",
        "closeTime": 1772366400000,
    }
    fake.reply(Reply([row]))
    with PublicClient(BINANCE) as client:
        tickers, time = client.fetch_market([SYMBOL])
        assert client.fetch_tickers([]) == {}
    assert tickers == {SYMBOL: Ticker(SYMBOL, Decimal("1.1"), Decimal("1.2"), Decimal("1.15"))}
    assert time == NOW
    assert [(asked.path, asked.fields) for asked in fake.asked] == [
        ("/api/v3/ticker/24hr", {"symbols": '["BTCUSDT"]'})
    ]


def test_many_tickers_are_two_requests_that_weigh_less_than_one(fake: FakeExchange) -> None:
    symbols = [f"C{number}/USDT" for number in range(21)]
    best = [{"symbol": f"C{number}USDT", "bidPrice": "1", "askPrice": "3"} for number in range(21)]
    last = [{"symbol": f"C{number}USDT", "price": "2"} for number in range(21)]
    fake.reply(Reply(best), Reply(last))
    with PublicClient(BINANCE) as client:
        tickers, time = client.fetch_market(symbols)
    assert tickers["C20/USDT"] == Ticker("C20/USDT", Decimal(1), Decimal(3), Decimal(2))
    assert time is None
    assert [asked.path for asked in fake.asked] == ["/api/v3/ticker/bookTicker", "/api/v3/ticker/price"]
