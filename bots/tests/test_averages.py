"""The average under a chart is the one that the engine had."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.averages import averages_at, rolling_averages
from exchanges.domain import Candle
from exchanges.market_data.view import Series

START = datetime(2026, 11, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PRICES = st.lists(st.decimals("0.00000001", "99999", places=8), max_size=40)


def candle(minute: int, close: str) -> Candle:
    price = Decimal(close)
    return Candle(START + minute * MINUTE, price, price, price, price, Decimal(1))


@given(PRICES, st.integers(1, 12))
def test_a_rolling_average_is_that_of_the_shared_series(closes: list[Decimal], window: int) -> None:
    rolling = rolling_averages(closes, window)
    assert rolling == [
        Series(START, tuple(closes[:count])).average(window) for count in range(len(closes) + 1)
    ]


def test_a_candle_counts_from_its_end_on_and_the_forming_one_never() -> None:
    candles = [candle(0, "10"), candle(1, "20"), candle(2, "30"), candle(3, "99")]
    moments = [START + MINUTE, START + timedelta(seconds=119), START + 2 * MINUTE, START + 9 * MINUTE]
    found = averages_at(moments, candles, MINUTE, 2)
    assert [(each.value, each.candles) for each in found] == [(None, 1), (None, 1), (15, 2), (25, 3)]


@pytest.mark.parametrize("candles", [[], [candle(0, "10")]])
def test_without_a_closed_candle_there_is_none(candles: list[Candle]) -> None:
    [found] = averages_at([START + 9 * MINUTE], candles, MINUTE, 2)
    assert (found.value, found.candles) == (None, 0)
