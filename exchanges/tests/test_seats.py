"""Nobody who waits for an exchange keeps the others waiting."""

import threading
from queue import SimpleQueue
from typing import Any

import pytest

from exchanges import seats
from exchanges.domain import Environment, Venue
from exchanges.errors import ExchangeUnavailable
from exchanges.gateway import open_session
from exchanges.seats import NoSeat, Seats
from exchanges.tests.conftest import BINANCE, CREDENTIALS, in_ten_seconds, market_buy
from exchanges.tests.fake_exchange import FakeExchange, Raw, Reply

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


@pytest.fixture
def one_seat(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Seats:
    """Of four threads a holder may take one."""
    settings.WORKER_CONCURRENCY = 4
    places = Seats()
    monkeypatch.setattr(seats, "_seats", places)
    return places


def test_a_request_takes_a_seat_for_as_long_as_it_lasts(fake: FakeExchange, one_seat: Seats) -> None:
    with open_session(BINANCE, CREDENTIALS, holder=1) as session:
        for _ in range(3):
            fake.reply(Reply({"balances": []}))
            session.fetch_balances()
        one_seat.take(BINANCE, 1, 4)
        with pytest.raises(NoSeat):
            session.fetch_balances()
    assert len(fake.asked) == 3


def test_a_failed_request_gives_its_seat_back(fake: FakeExchange, one_seat: Seats) -> None:
    with open_session(BINANCE, CREDENTIALS, holder=1) as session:
        fake.reply(Raw(b""))
        with pytest.raises(ExchangeUnavailable):
            session.fetch_balances()
    one_seat.take(BINANCE, 1, 4)


def test_an_order_that_is_being_sent_is_not_refused_for_want_of_a_seat(
    fake: FakeExchange, one_seat: Seats
) -> None:
    one_seat.take(BINANCE, 1, 4)
    ack = {"symbol": "BTCUSDT", "orderId": 28, "clientOrderId": "cm-1", "transactTime": 1507725176595}
    fake.reply(Reply(ack))
    with open_session(BINANCE, CREDENTIALS, holder=1) as session:
        assert session.send_order(market_buy(), deadline=in_ten_seconds()).exchange_order_id == "28"
    one_seat.leave(BINANCE, 1)
    one_seat.take(BINANCE, 1, 4)


def test_where_seats_move_the_next_one_is_waited_for() -> None:
    places = Seats()
    for number in range(6):
        places.take(ONE, f"user-{number}", 8)
    taken = threading.Event()

    def take() -> None:
        places.take(ONE, "waiting", 8)
        taken.set()

    places.leave(ONE, "user-0")
    places.take(ONE, "quick", 8)
    waiting = threading.Thread(target=take)
    waiting.start()
    places.leave(ONE, "user-1")
    waiting.join(10)
    assert taken.is_set()


def test_where_nobody_has_left_lately_nobody_waits() -> None:
    now = 0.0
    places = Seats(lambda: now)
    for number in range(6):
        places.take(ONE, f"user-{number}", 8)
    places.leave(ONE, "user-0")
    places.take(ONE, "quick", 8)
    now = 10.0
    with pytest.raises(NoSeat):
        places.take(ONE, "late", 8)


def test_whoever_has_a_quarter_does_not_wait_for_more() -> None:
    places = Seats(lambda: 0.0)
    places.take(ONE, "bob", 8)
    places.leave(ONE, "bob")
    for _ in range(2):
        places.take(ONE, "alice", 8)
    with pytest.raises(NoSeat):
        places.take(ONE, "alice", 8)


def test_who_waits_counts_for_the_quarter() -> None:
    places = Seats(lambda: 0.0)
    for holder in ("alice", "alice", "alice", *(f"user-{number}" for number in range(9))):
        places.take(ONE, holder, 16)
    places.leave(ONE, "user-0")
    places.take(ONE, "quick", 16)
    came: SimpleQueue[str] = SimpleQueue()

    def take() -> None:
        try:
            places.take(ONE, "alice", 16)
        except NoSeat:
            came.put("refused")
        else:
            came.put("taken")

    for _ in range(2):
        threading.Thread(target=take, daemon=True).start()
    assert came.get(timeout=10) == "refused"
    for number in (1, 2):
        places.leave(ONE, f"user-{number}")
    assert came.get(timeout=10) == "taken"


def test_who_waited_in_vain_has_nothing_of_his_quarter() -> None:
    places = Seats()
    for number in range(6):
        places.take(ONE, f"user-{number}", 8)
    for _ in range(2):
        with pytest.raises(NoSeat):
            places.take(ONE, "late", 8)
    for number in range(2):
        places.leave(ONE, f"user-{number}")
        places.take(ONE, "late", 8)
