"""The walk, pins and replay as price sources, without a server."""

import asyncio
import gzip
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ..bars import Bar, merge_bars
from ..catalogue import list_instruments
from ..clock import ManualClock
from ..intervals import INTERVALS, select_opens
from ..prices.pins import PinnedPrices
from ..prices.recording import RecordingError
from ..prices.replay import ReplayOptionsError, ReplayPrices, parse_replay
from ..prices.source import PricesUnavailableError, SimulatedPrices
from ..prices.walk import LISTED_AT, WalkPrices

INSTRUMENTS = list_instruments()
BTC, BTC_BRL, USDT_BRL = INSTRUMENTS["BTCUSDT"], INSTRUMENTS["BTCBRL"], INSTRUMENTS["USDTBRL"]
WALK = WalkPrices(INSTRUMENTS, seed=7)
NOON = 1_790_078_400
MAJORS = list(INSTRUMENTS.values())[:10]
SECONDS = st.integers(LISTED_AT, LISTED_AT + 5 * 365 * 86_400)


def by_second(source: SimulatedPrices, start: int, stop: int) -> Bar:
    return merge_bars(source.bar(BTC, second, second + 1) for second in range(start, stop))


@settings(max_examples=40, deadline=None)
@given(start=SECONDS, length=st.integers(1, 9000))
def test_a_long_bar_is_the_sum_of_its_seconds(start: int, length: int) -> None:
    assert WALK.bar(BTC, start, start + length) == by_second(WALK, start, start + length)


@settings(max_examples=10, deadline=None)
@given(start=SECONDS)
def test_the_walk_is_a_function_of_its_seed(start: int) -> None:
    again = WalkPrices(INSTRUMENTS, seed=7)
    assert again.bar(BTC, start, start + 100) == WALK.bar(BTC, start, start + 100)
    assert WalkPrices(INSTRUMENTS, seed=8).bar(BTC, start, start + 100) != WALK.bar(BTC, start, start + 100)


def test_the_walk_has_no_jumps_and_stays_near_its_level() -> None:
    prices = [WALK.ticks(BTC, NOON + second) for second in range(4 * 3600)]
    steps = [abs(after / before - 1) for before, after in pairwise(prices)]
    assert max(steps) < 0.003
    for day in range(0, 400, 10):
        price = BTC.price(WALK.ticks(BTC, NOON - day * 86_400))
        assert abs(price / BTC.base_price - 1) < Decimal("0.25")


def test_crossed_pairs_stay_near_the_product_of_their_legs() -> None:
    for hour in range(200):
        second = NOON + hour * 3600 + 1234
        product = BTC.price(WALK.ticks(BTC, second)) * USDT_BRL.price(WALK.ticks(USDT_BRL, second))
        assert abs(BTC_BRL.price(WALK.ticks(BTC_BRL, second)) / product - 1) < Decimal("0.005")


@pytest.mark.parametrize(("step", "window"), [(60, 20), (1, 20), (1, 60)])
def test_some_major_dips_below_its_average_soon(step: int, window: int) -> None:
    """Price at or below 99.9 % of the average of the last closed candles: within 20 seconds from any start."""

    def dips(second: int) -> bool:
        newest = second - second % step
        for instrument in MAJORS:
            closes = [WALK.ticks(instrument, newest - 1 - step * index) for index in range(window)]
            if WALK.ticks(instrument, second) * 1000 * window <= sum(closes) * 999:
                return True
        return False

    starts = range(NOON, NOON + 86_400, 7200)
    assert all(any(dips(second) for second in range(start, start + 20)) for start in starts)


def test_a_rise_of_half_a_percent_comes_within_minutes() -> None:
    waits = []
    for start in range(NOON, NOON + 86_400, 3600):
        entry = WALK.ticks(BTC, start)
        rises = (wait for wait in range(86_400) if WALK.ticks(BTC, start + wait) >= entry * 1.004)
        waits.append(next(rises, 86_400))
    assert sorted(waits)[len(waits) // 2] < 1200


@pytest.mark.parametrize("name", list(INTERVALS))
def test_candles_are_aligned_and_join(name: str) -> None:
    interval, now = INTERVALS[name], NOON + 4321
    opens = select_opens(interval, None, None, 10, LISTED_AT, now)
    candles = asyncio.run(WALK.candles(BTC, interval, opens, now))
    assert len(candles) == 10
    assert candles[-1].open_time <= now * 1000 <= candles[-1].close_time
    for earlier, later in pairwise(candles):
        assert later.open_time == earlier.close_time + 1
    assert candles[-1].bar.close == WALK.ticks(BTC, now)


def test_a_week_opens_on_monday() -> None:
    assert datetime.fromtimestamp(INTERVALS["1w"].open_at(NOON), UTC).strftime("%A %H:%M") == "Monday 00:00"


@pytest.mark.parametrize(
    ("start", "end", "limit", "expected"),
    [
        (None, None, 3, [480, 540, 600]),
        (420_000, None, 2, [420, 480]),
        (420_001, None, 2, [480, 540]),
        (None, 500_000, 2, [420, 480]),
        (0, None, 2, [300, 360]),
        (0, 200_000, 5, []),
        (540_000, 550_000, 5, [540]),
    ],
)
def test_which_candles_a_query_asks_for(
    start: int | None, end: int | None, limit: int, expected: list[int]
) -> None:
    assert list(select_opens(INTERVALS["1m"], start, end, limit, first=299, now=630)) == expected


def test_pins_hold_from_their_second_until_released() -> None:
    source = PinnedPrices(WALK)
    source.pin(BTC, NOON + 10, 5_000_000)
    source.pin(BTC, NOON + 20, None)
    assert source.ticks(BTC, NOON + 9) == WALK.ticks(BTC, NOON + 9)
    assert {source.ticks(BTC, NOON + second) for second in range(10, 20)} == {5_000_000}
    assert source.ticks(BTC, NOON + 20) == WALK.ticks(BTC, NOON + 20)
    assert source.bar(BTC, NOON, NOON + 30) == by_second(source, NOON, NOON + 30)
    assert source.bar(BTC, NOON, NOON + 30).low == 5_000_000


HEADER = "open_time_ms,open,high,low,close,volume\n"


def write_candles(path: Path, count: int) -> Path:
    rows = [
        f"{1_756_684_800_000 + index * 60_000},{100 + index},{110 + index},{90 + index},{105 + index},1.5\n"
        for index in range(count)
    ]
    text = HEADER + "".join(rows)
    if path.suffix == ".gz":
        with gzip.open(path, "wt") as stream:
            stream.write(text)
    else:
        path.write_text(text)
    return path


def open_replay(text: str, clock: ManualClock, start: int) -> ReplayPrices:
    return ReplayPrices(parse_replay(text, list(INSTRUMENTS)), INSTRUMENTS, WALK, clock, start)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_recorded_minutes_are_played_from_now(tmp_path: Path, suffix: str) -> None:
    path = write_candles(tmp_path / f"BTCUSDT-1m{suffix}", 30)
    source = open_replay(f"{path},history=10", ManualClock(NOON * 1000), NOON)
    assert source.first_second(BTC) == NOON - 600
    minute = source.bar(BTC, NOON, NOON + 60)
    assert [BTC.price(ticks) for ticks in minute[:4]] == [110, 120, 100, 115]
    assert BTC.quantity(minute.volume) == Decimal("1.5")
    assert minute == by_second(source, NOON, NOON + 60)._replace(volume=minute.volume, trades=minute.trades)
    assert (source.ticks(BTC, NOON), source.ticks(BTC, NOON + 59)) == (11_000, 11_500)
    five = source.bar(BTC, NOON, NOON + 300)
    assert [BTC.price(ticks) for ticks in five[:4]] == [110, 124, 100, 119]


def test_recorded_seconds_show_their_close(tmp_path: Path) -> None:
    path = write_candles(tmp_path / "BTCUSDT.csv", 30)
    source = open_replay(f"{path},per=second,history=10", ManualClock(NOON * 1000), NOON)
    assert [source.ticks(BTC, NOON + second) for second in range(3)] == [11_500, 11_600, 11_700]
    assert source.bar(BTC, NOON, NOON + 1)[:4] == (11_000, 12_000, 10_000, 11_500)
    minute = source.bar(BTC, NOON - 10, NOON + 5)
    assert minute[:4] == (10_000, 12_400, 9_000, 11_900)


def test_other_pairs_go_on_and_crossed_ones_follow(tmp_path: Path) -> None:
    path = write_candles(tmp_path / "BTCUSDT.csv", 200)
    source = open_replay(f"{path},history=100", ManualClock(NOON * 1000), NOON)
    solana = INSTRUMENTS["SOLUSDT"]
    assert source.ticks(solana, NOON) == WALK.ticks(solana, NOON)
    rate = USDT_BRL.price(WALK.ticks(USDT_BRL, NOON))
    assert source.ticks(BTC_BRL, NOON) == BTC_BRL.to_ticks(200 * rate)
    assert source.bar(BTC_BRL, NOON - 3600, NOON + 60).close == source.ticks(BTC_BRL, NOON + 59)


def test_a_recording_that_ended_has_no_price(tmp_path: Path) -> None:
    path = write_candles(tmp_path / "BTCUSDT.csv", 10)
    clock = ManualClock(NOON * 1000)
    source = open_replay(f"{path},history=8", clock, NOON)
    assert "ended" not in source.message
    clock.advance(120_000)
    assert "ended" in source.message
    with pytest.raises(PricesUnavailableError):
        source.ticks(BTC, NOON + 120)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "needs the columns"),
        (HEADER, "no candles"),
        (HEADER + "1,1,2,3,4,5\n", "line 2"),
        (HEADER + "1,10,20,5,ten,5\n", "line 2"),
        (HEADER + "1,10,20,5\n", "line 2"),
        (HEADER + "1,10,NaN,5,10,5\n", "line 2"),
    ],
)
def test_a_file_that_holds_no_candles_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "BTCUSDT.csv"
    path.write_text(text)
    with pytest.raises(RecordingError, match=reason):
        open_replay(str(path), ManualClock(0), NOON)


@pytest.mark.parametrize(
    "text", ["prices.csv", "BTCUSDT.csv,per=hour", "BTCUSDT.csv,history=x", "B.csv,symbol=NO"]
)
def test_replay_options_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ReplayOptionsError):
        parse_replay(text, list(INSTRUMENTS))
