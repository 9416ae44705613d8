"""Nobody who waits for an exchange keeps the others waiting."""

from typing import Any

import pytest

from exchanges import seats
from exchanges.domain import Environment, Venue
from exchanges.gateway import open_session
from exchanges.seats import NoSeat, Seats
from exchanges.tests.conftest import CREDENTIALS

ONE, TWO = Venue("binance", Environment.TESTNET), Venue("bybit", Environment.TESTNET)


def test_one_holder_gets_a_quarter_and_others_still_find_a_seat() -> None:
    places = Seats()
    for _ in range(4):
        places.take(ONE, "alice", 16)
    with pytest.raises(NoSeat):
        places.take(ONE, "alice", 16)
    places.take(ONE, "bob", 16)


def test_one_venue_gets_three_quarters_and_another_still_finds_a_seat() -> None:
    places = Seats()
    for number in range(12):
        places.take(ONE, f"user-{number}", 16)
    with pytest.raises(NoSeat):
        places.take(ONE, "late", 16)
    places.take(TWO, "late", 16)


def test_whoever_leaves_gives_the_seat_back() -> None:
    places = Seats()
    for _ in range(100):
        places.take(ONE, "alice", 4)
        places.leave(ONE, "alice")


def test_a_session_holds_its_seat_until_it_is_closed_once_or_twice(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WORKER_CONCURRENCY = 4
    monkeypatch.setattr(seats, "_seats", Seats())
    first = open_session(ONE, CREDENTIALS, holder=1)
    with pytest.raises(NoSeat):
        open_session(ONE, CREDENTIALS, holder=1)
    first.close()
    first.close()
    with open_session(ONE, CREDENTIALS, holder=1), pytest.raises(NoSeat):
        open_session(ONE, CREDENTIALS, holder=1)
