"""What becomes of orders and what a client sees of them, as told, in each dialect; nothing is created or lost."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from .callers import CALLERS, Caller, assert_conserved, wall_ms
from .server import PaperServer, running

PART, WHOLE = Decimal("0.001"), Decimal("0.003")


@pytest.fixture(params=CALLERS, ids=lambda one: one.__name__)
def caller(
    request: pytest.FixtureRequest, exchange: PaperServer, account: dict[str, Any]
) -> Iterator[Caller]:
    exchange.control("price", symbol="BTCUSDT", price="50000")
    yield request.param(exchange, account)
    exchange.control("faults", clear=True, release=True)
    assert_conserved(exchange.ledger(account))


def add(caller: Caller, endpoint: str, **rule: Any) -> None:
    added = {"apiKey": caller.account["apiKey"], "endpoint": endpoint, **rule}
    caller.server.control("faults", add=[added])


def see(caller: Caller, name: str) -> tuple[str, Decimal]:
    order = caller.order(name)
    assert order is not None
    return order.status, order.quantity


def test_an_order_is_filled_in_parts(caller: Caller) -> None:
    add(caller, caller.place_path, kind="defer", seconds=5, parts=3, count=1)
    assert caller.code_of(caller.place("one", "0.003")) == 0
    seen = [see(caller, "one")]
    for _ in range(3):
        caller.server.control("clock", advance=5)
        seen.append(see(caller, "one"))
    assert seen == [
        (caller.new, Decimal(0)),
        (caller.partly, PART),
        (caller.partly, 2 * PART),
        (caller.closed, WHOLE),
    ]
    assert len(caller.fills()) == 3
    caller.place("two", "0.003")
    assert see(caller, "two") == (caller.closed, WHOLE), "the rule was for one request"


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_a_limit_order_in_parts_rests_with_what_is_left(caller: Caller, side: str) -> None:
    caller.place("stock", "0.01")
    price = {"BUY": "50100", "SELL": "49900"}[side]
    add(caller, caller.place_path, kind="defer", seconds=1, parts=2, count=1)
    caller.place("one", "0.002", price, side)
    caller.server.control("clock", advance=1)
    assert see(caller, "one") == (caller.partly, PART)
    caller.server.control("price", symbol="BTCUSDT", price={"BUY": "51000", "SELL": "49000"}[side])
    caller.server.control("clock", advance=2)
    assert see(caller, "one") == (caller.partly, PART)
    caller.server.control("price", symbol="BTCUSDT", price="50000")
    caller.server.control("clock", advance=1)
    assert see(caller, "one") == (caller.closed, 2 * PART)


def test_an_order_in_parts_is_canceled_between_two_of_them(caller: Caller) -> None:
    add(caller, caller.place_path, kind="defer", seconds=2, parts=3, count=1)
    caller.place("one", "0.003")
    caller.server.control("clock", advance=2)
    assert caller.code_of(caller.cancel("one")) == 0
    caller.server.control("clock", advance=60)
    assert see(caller, "one") == (caller.canceled, PART)


def test_orders_held_from_the_market_can_be_released(caller: Caller) -> None:
    add(caller, caller.place_path, kind="defer", seconds=3600, parts=5)
    caller.place("one", "0.003")
    caller.server.control("faults", clear=True, release=True)
    assert see(caller, "one") == (caller.closed, WHOLE)


def test_parts_outlive_the_process(tmp_path: Path) -> None:
    server = PaperServer(tmp_path / "paper.sqlite3", "--faults", "--clock", "manual")
    with running(server):
        caller = CALLERS[0](server, server.open_account(balances={"USDT": "10000"}))
        server.control("price", symbol="BTCUSDT", price="50000")
        add(caller, caller.place_path, kind="defer", seconds=1, parts=3)
        caller.place("one", "0.003")
        server.control("clock", advance=1)
        server.kill()
        server.start()
        assert see(caller, "one") == (caller.partly, PART)
        server.control("clock", advance=1)
        server.kill()
        server.start()
        server.control("clock", advance=1)
        assert see(caller, "one") == (caller.closed, WHOLE)
        assert_conserved(server.ledger(dict(caller.account)))


@pytest.mark.parametrize("held", [True, False], ids=["market order held", "limit order resting"])
def test_a_fill_comes_before_the_cancel(caller: Caller, held: bool) -> None:
    place_open(caller, held=held)
    add(caller, caller.cancel_path, kind="race", count=1)
    assert caller.code_of(caller.cancel("one")) == caller.no_such_order
    assert see(caller, "one") == (caller.closed, WHOLE)


@pytest.mark.parametrize("held", [True, False], ids=["market order held", "limit order resting"])
def test_a_part_is_filled_before_the_cancel(caller: Caller, held: bool) -> None:
    place_open(caller, held=held)
    add(caller, caller.cancel_path, kind="race", share="0.34", count=1)
    assert caller.code_of(caller.cancel("one")) == 0
    assert see(caller, "one") == (caller.canceled, Decimal("0.00102"))
    assert caller.code_of(caller.cancel("one")) == caller.no_such_order


def test_a_cancel_whose_answer_is_lost_is_still_a_cancel(caller: Caller) -> None:
    place_open(caller, held=False)
    add(caller, caller.cancel_path, kind="drop", when="after", count=1)
    add(caller, caller.cancel_path, kind="race", share="0.34", count=1)
    with pytest.raises(requests.ConnectionError):
        caller.cancel("one")
    assert see(caller, "one") == (caller.canceled, Decimal("0.00102"))


def place_open(caller: Caller, *, held: bool) -> None:
    if held:
        add(caller, caller.place_path, kind="defer", seconds=3600, count=1)
    assert caller.code_of(caller.place("one", "0.003", None if held else "40000")) == 0


def test_fills_are_reported_late(caller: Caller) -> None:
    add(caller, caller.fills_path, kind="late", seconds=10)
    caller.place("one", "0.003")
    assert (see(caller, "one"), caller.fills()) == ((caller.closed, WHOLE), [])
    caller.server.control("clock", advance=9)
    caller.place("two", "0.001")
    caller.server.control("clock", advance=1)
    assert [fill.quantity for fill in caller.fills()] == [WHOLE]


def test_an_order_is_told_as_it_was_before_its_late_fills(caller: Caller) -> None:
    add(caller, "*", kind="late", seconds=10)
    add(caller, caller.place_path, kind="defer", seconds=4, parts=3)
    caller.place("one", "0.003")
    seen = []
    for _ in range(6):
        caller.server.control("clock", advance=4)
        seen.append(see(caller, "one"))
    nothing = (caller.new, Decimal(0))
    assert seen == [
        *[nothing] * 3,
        (caller.partly, PART),
        (caller.partly, 2 * PART),
        (caller.closed, WHOLE),
    ]


def test_rows_come_twice_and_out_of_order(caller: Caller) -> None:
    for number in range(1, 9):
        caller.place(f"order-{number}", f"0.00{number}")
        caller.server.control("clock", advance=1)
    plain = caller.fills()
    add(caller, caller.fills_path, kind="rows", twice=True, count=1)
    assert caller.fills() == [fill for fill in plain for _ in range(2)]
    add(caller, caller.fills_path, kind="rows", shuffle=True, count=1)
    shuffled = caller.fills()
    assert shuffled != plain
    assert sorted(shuffled, key=lambda row: row.time) == sorted(plain, key=lambda row: row.time)
    add(caller, caller.fills_path, kind="rows", twice=True, shuffle=True)
    assert len(caller.fills()) == 2 * len(plain)


def test_a_just_accepted_order_is_not_yet_visible(caller: Caller) -> None:
    add(caller, caller.order_path, kind="stale", seconds=3)
    assert caller.code_of(caller.place("one", "0.003")) == 0
    assert caller.order("one") is None
    caller.server.control("clock", advance=3)
    assert see(caller, "one") == (caller.closed, WHOLE)


def test_a_just_accepted_order_is_still_told_as_new(caller: Caller) -> None:
    add(caller, caller.order_path, kind="stale", seconds=3, show="new")
    caller.place("one", "0.003")
    assert see(caller, "one") == (caller.new, Decimal(0))
    caller.server.control("clock", advance=3)
    assert see(caller, "one") == (caller.closed, WHOLE)


def test_what_a_request_was_shown_does_not_decide_a_cancel(caller: Caller) -> None:
    add(caller, "*", kind="stale", seconds=3600, show="new")
    caller.place("one", "0.003")
    assert caller.code_of(caller.cancel("one")) == caller.no_such_order


@pytest.mark.parametrize(("direction", "sign"), [("ahead", 1), ("behind", -1)])
def test_a_request_outside_the_wrong_clock_s_window_is_refused(
    caller: Caller, direction: str, sign: int
) -> None:
    skew = {"kind": "skew", "seconds": 60, "direction": direction}
    add(caller, "*", **skew)
    assert caller.code_of(caller.place("one", "0.003")) == caller.bad_time
    assert caller.server.ledger(dict(caller.account))["orders"] == []
    caller.server.control("faults", clear=True, add=[skew])
    assert abs(caller.told_time() - wall_ms() - sign * 60_000) < 20_000


def test_orders_and_fills_are_dated_by_the_wrong_clock(caller: Caller) -> None:
    caller.place("one", "0.003")
    true = caller.order("one")
    add(caller, "*", kind="skew", seconds=3)
    seen = caller.order("one")
    assert true is not None
    assert seen is not None
    assert {seen.time - true.time, *(fill.time - true.time for fill in caller.fills())} == {3_000}


def test_a_key_loses_permissions_and_gets_them_back(caller: Caller) -> None:
    def change(**content: Any) -> None:
        caller.server.control("account", apiKey=caller.account["apiKey"], **content)

    change(permissions={"enableSpotAndMarginTrading": False})
    assert caller.code_of(caller.place("one", "0.003")) == caller.no_permission
    assert caller.order("one") is None
    change(permissions={"enableSpotAndMarginTrading": True}, revoked=True)
    assert caller.code_of(caller.call(caller.order_path, origClientOrderId="one")) == caller.bad_key
    change(revoked=False)
    assert caller.code_of(caller.place("one", "0.003")) == 0


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"kind": "defer", "seconds": 1, "parts": 0}, "parts"),
        ({"kind": "defer", "seconds": 1, "parts": "two"}, "parts"),
        ({"kind": "race", "share": 0}, "share"),
        ({"kind": "race", "share": 2}, "share"),
        ({"kind": "late"}, "seconds"),
        ({"kind": "stale", "seconds": 1, "show": "filled"}, "show"),
        ({"kind": "skew", "seconds": 1, "direction": "sideways"}, "direction"),
        ({"kind": "rows"}, "twice"),
    ],
)
def test_a_bad_option_is_refused_with_its_field(exchange: PaperServer, rule: Any, field: str) -> None:
    answer = requests.post(f"{exchange.url}/paper/control/faults", json={"add": [rule]}, timeout=20)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
