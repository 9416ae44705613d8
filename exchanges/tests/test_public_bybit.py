"""Bybit's public data as our values: instruments, candles and tickers."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exchanges.domain import Instrument, Ticker
from exchanges.errors import RequestRefused
from exchanges.gateway import PublicClient
from exchanges.tests.canned import bybit_instrument, bybit_list
from exchanges.tests.conftest import BYBIT
from exchanges.tests.fake_exchange import FakeExchange

SYMBOL = "BTC/USDT"
AT = datetime(2026, 3, 1, 12, 0, 0, 123000, UTC)


def test_an_instrument(fake: FakeExchange) -> None:
    fake.reply(bybit_list(bybit_instrument("BTC", "USDT"), bybit_instrument("ETH", "BTC", "PreLaunch")))
    with PublicClient(BYBIT) as client:
        found = client.fetch_instruments()
    assert found[SYMBOL] == Instrument(
        symbol=SYMBOL,
        exchange_symbol="BTCUSDT",
        base="BTC",
        quote="USDT",
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.000001"),
        min_quantity=Decimal("0.000011"),
        max_quantity=Decimal("41.5"),
        min_notional=Decimal(5),
    )
    assert not found["ETH/BTC"].active


def test_candles_come_oldest_first(fake: FakeExchange) -> None:
    fake.reply(
        bybit_list(
            ["1772366460000", "2", "2", "2", "2", "0", "0"], ["1772366400000", "1", "3", "1", "2", "9", "0"]
        )
    )
    with PublicClient(BYBIT) as client:
        candles = client.fetch_candles(SYMBOL, "4h", 2)
    assert [candle.close for candle in candles] == [Decimal(2), Decimal(2)]
    assert candles[0].open_time < candles[1].open_time
    assert fake.asked[0].fields["interval"] == "240"


def test_there_are_no_candles_of_a_second(fake: FakeExchange) -> None:
    with PublicClient(BYBIT) as client, pytest.raises(RequestRefused, match="bybit has no 1s candles"):
        client.fetch_candles(SYMBOL, "1s", 10)
    assert fake.asked == []


def test_all_tickers_are_one_request(fake: FakeExchange) -> None:
    rows = [
        {"symbol": name, "bid1Price": "", "ask1Price": "1.2", "lastPrice": "1.1"}
        for name in ("BTCUSDT", "ETHUSDT")
    ]
    fake.reply(bybit_list(*rows))
    with PublicClient(BYBIT) as client:
        tickers, time = client.fetch_market([SYMBOL, "ETH/USDT"])
    assert tickers["ETH/USDT"] == Ticker("ETH/USDT", Decimal(0), Decimal("1.2"), Decimal("1.1"))
    assert time == AT
    assert len(fake.asked) == 1
