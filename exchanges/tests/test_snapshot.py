"""The snapshot survives Redis to the last digit, is decoded once, and converts between assets."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.domain import Environment, Ticker, Venue
from exchanges.market_data import snapshot as module
from exchanges.market_data.encoding import SnapshotDecoder, encode_closes, encode_prices
from exchanges.market_data.snapshot import Series, Snapshot, rate_between, read_snapshot, write_snapshot
from exchanges.tests.conftest import BINANCE, BYBIT
from saas.redis import get_redis

NOW = datetime(2026, 3, 1, 12, 0, 0, 17, UTC)


def ticker(symbol: str, last: str) -> Ticker:
    return Ticker(symbol, Decimal(last) - Decimal("0.01"), Decimal(last) + Decimal("0.01"), Decimal(last))


def snapshot_of(*tickers: Ticker, at: datetime = NOW, venue: Venue = BINANCE) -> Snapshot:
    closes = {
        ("BTC/USDT", "1m"): Series(NOW.replace(microsecond=0), (Decimal("1.10"), Decimal("0.000000018")))
    }
    return Snapshot(venue, at, {one.symbol: one for one in tickers}, closes, simulated=True)


def test_what_is_written_is_read(redis: Any) -> None:
    written = snapshot_of(ticker("BTC/USDT", "90584.56"), ticker("USDT/BRL", "5.4321"))
    write_snapshot(written)
    assert read_snapshot(BINANCE) == written
    assert read_snapshot(BYBIT) is None
    assert read_snapshot(Venue("binance", Environment.LIVE)) is None


def test_a_newer_one_replaces_it(redis: Any) -> None:
    write_snapshot(snapshot_of(ticker("BTC/USDT", "1"), ticker("ETH/USDT", "2")))
    read_snapshot(BINANCE)
    newer = snapshot_of(ticker("BTC/USDT", "3"), at=NOW + timedelta(seconds=1))
    write_snapshot(newer)
    assert read_snapshot(BINANCE) == newer


def test_a_flushed_redis_has_no_snapshot(redis: Any) -> None:
    write_snapshot(snapshot_of(ticker("BTC/USDT", "1")))
    assert read_snapshot(BINANCE) is not None
    redis.flushdb()
    module.forget()
    assert read_snapshot(BINANCE) is None


def test_without_redis_there_is_no_snapshot(settings: Any, free_port: int) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port}/0"
    get_redis.cache_clear()
    module.forget()
    assert read_snapshot(BINANCE) is None
    get_redis.cache_clear()


amounts = st.decimals(Decimal("1e-12"), 10**12, allow_nan=False, places=12)


@given(amounts, amounts, amounts, st.lists(amounts, max_size=30), st.booleans())
def test_no_digit_is_lost(
    bid: Decimal, ask: Decimal, last: Decimal, closes: list[Decimal], simulated: bool
) -> None:
    series = {("BTC/USDT", "1s"): Series(NOW, tuple(closes))}
    written = Snapshot(BINANCE, NOW, {"BTC/USDT": Ticker("BTC/USDT", bid, ask, last)}, series, simulated)
    assert SnapshotDecoder(BINANCE).decode(encode_prices(written), encode_closes(series)) == written


RATES = snapshot_of(ticker("BTC/USDT", "100000"), ticker("USDT/BRL", "5"), ticker("ETH/BTC", "0.04"))


@pytest.mark.parametrize(
    ("from_asset", "to_asset", "rate"),
    [
        ("USDT", "USDT", "1"),
        ("XYZ", "XYZ", "1"),
        ("BTC", "USDT", "100000"),
        ("BRL", "USDT", "0.2"),
        ("BTC", "BRL", "500000"),
        ("BRL", "BTC", "0.000002"),
        ("ETH", "USDT", "4000"),
        ("USDT", "ETH", "0.00025"),
    ],
)
def test_rates_are_direct_inverse_or_through_one_other(from_asset: str, to_asset: str, rate: str) -> None:
    assert rate_between(RATES, from_asset, to_asset) == Decimal(rate)


def test_an_asset_without_a_pair_has_no_rate() -> None:
    assert rate_between(RATES, "XYZ", "BRL") is None
