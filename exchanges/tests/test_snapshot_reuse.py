"""What did not change is not read again: the same snapshot, series and ticker is the same object, its average known."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.domain import Ticker
from exchanges.market_data import snapshot as module
from exchanges.market_data.encoding import SnapshotDecoder, encode_closes, encode_prices
from exchanges.market_data.snapshot import Series, Snapshot, read_snapshot, write_snapshot
from exchanges.tests.conftest import BINANCE
from saas.redis import get_redis

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
BTC, ETH = ("BTC/USDT", "1s"), ("ETH/USDT", "1m")

amounts = st.decimals(Decimal("1e-12"), 10**12, allow_nan=False, places=12)
closes = st.lists(amounts, min_size=1, max_size=30).map(tuple)


class ManualClock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def series_of(*prices: str | int, opened: datetime = START) -> Series:
    return Series(opened, tuple(Decimal(price) for price in prices))


def snapshot_at(second: float, series: dict[tuple[str, str], Series], price: str = "7") -> Snapshot:
    tickers = {
        symbol: Ticker(symbol, Decimal(one), Decimal(one), Decimal(one))
        for symbol, one in (("BTC/USDT", price), ("ETH/USDT", "3"))
    }
    return Snapshot(BINANCE, START + timedelta(seconds=second), tickers, series, simulated=True)


@pytest.fixture
def calls(redis: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Every command that is sent to Redis."""
    sent: list[tuple[Any, ...]] = []
    send: Callable[..., Any] = get_redis().execute_command

    def recording(*command: Any, **options: Any) -> Any:
        sent.append(command)
        return send(*command, **options)

    monkeypatch.setattr(get_redis(), "execute_command", recording)
    return sent


def read_again(clock: ManualClock) -> Snapshot:
    """Read when nothing may be reused any more."""
    clock.seconds += module.REUSE_SECONDS * 1.1
    found = read_snapshot(BINANCE, clock)
    assert found is not None
    return found


def test_a_snapshot_that_did_not_change_is_one_small_call_and_the_same_object(
    calls: list[tuple[Any, ...]],
) -> None:
    clock = ManualClock()
    write_snapshot(snapshot_at(0, {BTC: series_of(1, 2)}))
    first = read_again(clock)
    calls.clear()
    assert all(read_again(clock) is first for _ in range(3))
    assert [command[0] for command in calls] == ["HMGET"] * 3
    assert all("prices" not in command and "closes" not in command for command in calls)


def test_a_burst_asks_once_and_is_at_most_so_much_older(calls: list[tuple[Any, ...]]) -> None:
    clock = ManualClock()
    write_snapshot(snapshot_at(0, {}))
    first = read_again(clock)
    calls.clear()
    clock.seconds += module.REUSE_SECONDS * 0.9
    assert read_snapshot(BINANCE, clock) is first
    assert calls == []
    clock.seconds += module.REUSE_SECONDS * 0.2
    assert read_snapshot(BINANCE, clock) is first
    assert len(calls) == 1


def test_threads_that_read_at_the_same_time_ask_once(calls: list[tuple[Any, ...]]) -> None:
    clock, barrier = ManualClock(), Barrier(8)
    write_snapshot(snapshot_at(0, {BTC: series_of(1, 2)}))
    calls.clear()

    def read() -> Snapshot | None:
        barrier.wait(10)
        return read_snapshot(BINANCE, clock)

    with ThreadPoolExecutor(8) as pool:
        found = [future.result() for future in [pool.submit(read) for _ in range(8)]]
    assert len({id(one) for one in found}) == 1
    assert len(calls) == 2, "the versions once, the texts once"


def test_new_prices_leave_the_series_and_the_other_tickers_as_they_are(calls: list[tuple[Any, ...]]) -> None:
    clock = ManualClock()
    series = {BTC: series_of(1, 2), ETH: series_of(3, 4)}
    write_snapshot(snapshot_at(0, series))
    before = read_again(clock)
    calls.clear()
    write_snapshot(snapshot_at(1, series, "8"))
    after = read_again(clock)
    assert after.tickers["BTC/USDT"].last == 8
    assert after.tickers["ETH/USDT"] is before.tickers["ETH/USDT"]
    assert after.closes is before.closes
    assert all(after.closes[key] is before.closes[key] for key in series)
    assert not [command for command in calls if "closes" in command], "neither written nor read again"


def test_a_candle_that_closes_changes_its_own_series_alone(redis: Any) -> None:
    clock = ManualClock()
    write_snapshot(snapshot_at(0, {BTC: series_of(1, 2), ETH: series_of(3, 4)}))
    before = read_again(clock)
    later = series_of(2, 9, opened=START + timedelta(seconds=1))
    write_snapshot(snapshot_at(1, {BTC: later, ETH: series_of(3, 4)}))
    after = read_again(clock)
    assert after.closes[BTC] == later
    assert after.closes[ETH] is before.closes[ETH]


def test_a_redis_that_lost_everything_gets_the_closes_again(redis: Any) -> None:
    clock = ManualClock()
    series = {BTC: series_of(1, 2)}
    write_snapshot(snapshot_at(0, series))
    read_again(clock)
    redis.flushdb()
    clock.seconds += module.REUSE_SECONDS * 1.1
    assert read_snapshot(BINANCE, clock) is None
    write_snapshot(snapshot_at(1, series))
    module.forget()
    assert read_again(clock).closes == series


def test_closes_that_change_between_two_calls_come_with_their_prices(
    redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    write_snapshot(snapshot_at(0, {BTC: series_of(1, 2)}))
    read_again(clock)
    write_snapshot(snapshot_at(1, {BTC: series_of(1, 2)}))
    newest = snapshot_at(2, {BTC: series_of(2, 3)}, "9")
    update = module.SnapshotReader._update

    def overtaken(reader: module.SnapshotReader, told: Any) -> Any:
        monkeypatch.setattr(module.SnapshotReader, "_update", update)
        write_snapshot(newest)
        return update(reader, told)

    monkeypatch.setattr(module.SnapshotReader, "_update", overtaken)
    assert read_again(clock) == newest


@given(st.lists(closes, min_size=1, max_size=5))
def test_a_decoder_reads_what_was_written_whatever_it_has_seen_before(
    written: list[tuple[Decimal, ...]],
) -> None:
    decoder = SnapshotDecoder(BINANCE)
    for number, prices in enumerate(written):
        snapshot = snapshot_at(number, {BTC: Series(START, prices)})
        assert decoder.decode(encode_prices(snapshot), encode_closes(snapshot.closes)) == snapshot


@given(closes, amounts, st.booleans())
def test_a_series_that_goes_on_is_continued(
    prices: tuple[Decimal, ...], newest: Decimal, is_full: bool
) -> None:
    decoder = SnapshotDecoder(BINANCE)
    longer = (*prices[1:], newest) if is_full else (*prices, newest)
    found: list[Series] = []
    for second, one in enumerate((prices, longer)):
        snapshot = snapshot_at(second, {BTC: Series(START + timedelta(seconds=second), one)})
        found.append(decoder.decode(encode_prices(snapshot), encode_closes(snapshot.closes)).closes[BTC])
    before, after = found
    assert after.closes == longer
    shared = {id(close) for close in before.closes} & {id(close) for close in after.closes}
    assert len(shared) >= len({id(close) for close in before.closes}) - 1, "only the new one was read"


@given(closes, st.integers(-1, 40))
def test_an_average_is_the_mean_of_the_last_closes(prices: tuple[Decimal, ...], window: int) -> None:
    average = Series(START, prices).average(window)
    if 0 < window <= len(prices):
        assert average == sum(prices[-window:], Decimal()) / window
    else:
        assert average is None


def test_an_average_is_computed_once_for_everybody() -> None:
    series = series_of(1, 2, 4)
    assert series.average(2) is series.average(2)
    assert series.average(3) != series.average(2)
    assert series == series_of(1, 2, 4), "what was computed is no part of what it is"
