"""A book of candles asks for what it lacks, and believes a candle closed when the exchange has a later one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.domain import Candle
from exchanges.market_data.candle_book import MAX_WINDOW, CandleBook

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def candle(minute: int) -> Candle:
    price = Decimal(minute)
    return Candle(START + timedelta(minutes=minute), price, price, price, price, Decimal(1))


def exchange_at(seconds: int, limit: int) -> list[Candle]:
    """What an exchange answers `seconds` after the start: the newest `limit` candles, the last one forming."""
    newest = seconds // 60
    return [candle(minute) for minute in range(newest - limit + 1, newest + 1)]


def book_of(window: int, seconds: int) -> CandleBook:
    book = CandleBook("1m")
    book.require(window)
    book.add(exchange_at(seconds, book.missing(at(seconds))))
    return book


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_new_book_asks_for_its_window_and_the_forming_candle() -> None:
    book = CandleBook("1m")
    book.require(20)
    assert book.missing(START) == 21
    assert book.series() is None


def test_a_series_ends_with_the_last_closed_candle() -> None:
    series = book_of(5, seconds=601).series()
    assert series is not None
    assert series.last_open_time == at(9 * 60)
    assert series.closes == tuple(map(Decimal, range(5, 10)))


@pytest.mark.parametrize(
    ("seconds", "missing"), [(600, 0), (659, 0), (660, 2), (719, 2), (720, 3), (7200, 6)]
)
def test_it_asks_only_when_a_candle_has_closed(seconds: int, missing: int) -> None:
    assert book_of(5, seconds=600).missing(at(seconds)) == missing


def test_a_candle_that_the_exchange_has_not_closed_yet_is_asked_again() -> None:
    book = book_of(5, seconds=600)
    book.add(exchange_at(659, book.missing(at(660))))
    series = book.series()
    assert series is not None
    assert series.last_open_time == at(9 * 60)
    assert book.missing(at(660)) == 2


def test_a_wider_window_is_loaded_once_even_if_the_market_is_younger() -> None:
    book = book_of(5, seconds=600)
    book.require(50)
    assert book.missing(at(601)) == 51
    book.add([candle(minute) for minute in range(11)])
    assert book.missing(at(602)) == 0


def test_a_narrower_window_keeps_less() -> None:
    book = book_of(5, seconds=600)
    book.require(2)
    book.add(exchange_at(660, book.missing(at(660))))
    series = book.series()
    assert series is not None
    assert series.closes == (Decimal(9), Decimal(10))


def test_no_window_is_wider_than_one_request() -> None:
    book = CandleBook("1m")
    book.require(10_000)
    assert book.missing(START) == MAX_WINDOW + 1


@given(st.integers(1, 30), st.lists(st.integers(1, 400), max_size=30))
def test_after_any_pauses_it_holds_what_the_exchange_would_answer_now(window: int, pauses: list[int]) -> None:
    seconds = 6_000
    book = book_of(window, seconds)
    for pause in pauses:
        seconds += pause
        if missing := book.missing(at(seconds)):
            book.add(exchange_at(seconds, missing))
        series = book.series()
        assert series is not None
        closed = exchange_at(seconds, window + 1)[:-1]
        assert series.last_open_time == closed[-1].open_time
        assert series.closes == tuple(one.close for one in closed)


def test_what_comes_after_a_gap_is_asked_for_again() -> None:
    """Two were closed when the third was asked for, and by the time of the answer a fourth had."""
    book = book_of(5, 600)
    book.add(exchange_at(780, book.missing(at(660))))
    found = book.series()
    assert found is not None
    assert len(found.closes) == 1, "rather too few than a hole"
    book.add(exchange_at(780, book.missing(at(780))))
    found = book.series()
    assert found is not None
    assert found.closes == tuple(candle(minute).close for minute in range(8, 13))


def test_a_candle_that_is_told_goes_on_or_corrects_and_never_leaves_a_hole() -> None:
    book = book_of(3, 600)
    assert book.append(candle(10))
    assert book.append(replace(candle(10), close=Decimal(77)))
    assert not book.append(candle(12))
    assert not book.append(candle(9))
    found = book.series()
    assert found is not None
    assert found.closes == (Decimal(8), Decimal(9), Decimal(77))
    assert found.last_open_time == at(600)
    assert (book.missing(at(719)), book.missing(at(720))) == (0, 2)
    assert not CandleBook("1m").append(candle(1)), "without any it is asked for all"
