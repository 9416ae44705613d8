"""Errors and nonsense in the words of each dialect, and a record of every order that was asked for."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ..placings import MOST_PLACINGS
from .callers import CALLERS, BinanceCaller, BybitCaller, Caller, assert_conserved, wall_ms
from .server import PaperServer

LIMITED = (429, 418, 403, 200)


@pytest.fixture(params=CALLERS, ids=lambda one: one.__name__)
def caller(
    request: pytest.FixtureRequest, exchange: PaperServer, account: dict[str, Any]
) -> Iterator[Caller]:
    exchange.control("price", symbol="BTCUSDT", price="50000")
    yield request.param(exchange, account)
    exchange.control("faults", clear=True, release=True)
    assert_conserved(exchange.ledger(account))


def add(caller: Caller, endpoint: str, **rule: Any) -> None:
    added = {"apiKey": caller.account["apiKey"], "endpoint": endpoint, "count": 1, **rule}
    caller.server.control("faults", add=[added])


def executed(caller: Caller) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = caller.server.ledger(dict(caller.account))["orders"]
    return orders


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_has_the_venue_s_code(caller: Caller, status: int, when: str) -> None:
    add(caller, caller.place_path, kind="status", status=status, when=when)
    answer = caller.place("one", "0.001")
    assert (answer.status_code, caller.code_of(answer)) == (status, caller.server_errors[status])
    assert len(executed(caller)) == (when == "after")


@pytest.mark.parametrize("status", LIMITED)
def test_binance_refuses_for_too_many_requests(
    exchange: PaperServer, account: dict[str, Any], status: int
) -> None:
    caller = BinanceCaller(exchange, account)
    add(caller, caller.place_path, kind="limit", status=status, retry_after=7)
    answer = caller.place("one", "0.001")
    assert answer.status_code == (429 if status == 200 else status)
    if status == 403:
        assert "html" in answer.headers["Content-Type"]
    else:
        assert (answer.headers["Retry-After"], answer.json()["code"]) == ("7", -1003)
    assert executed(caller) == []


@pytest.mark.parametrize("status", LIMITED)
def test_bybit_refuses_for_too_many_requests(
    exchange: PaperServer, account: dict[str, Any], status: int
) -> None:
    caller = BybitCaller(exchange, account)
    add(caller, caller.place_path, kind="limit", status=status, retry_after=7)
    answer = caller.place("one", "0.001")
    expected = {200: (200, 10006), 429: (429, 10006), 403: (403, 10018), 418: (403, 10018)}[status]
    assert (answer.status_code, answer.json()["retCode"]) == expected
    reset = int(answer.headers["X-Bapi-Limit-Reset-Timestamp"])
    assert 0 < reset - wall_ms() <= 7_000
    assert executed(caller) == []


@pytest.mark.parametrize(
    ("form", "content"), [("object", {}), ("array", []), ("null", None), ("empty", b""), ("html", "page")]
)
def test_an_executed_order_is_answered_with_nothing(caller: Caller, form: str, content: Any) -> None:
    add(caller, caller.place_path, kind="body", body=form)
    answer = caller.place("one", "0.001")
    assert answer.status_code == 200
    if form == "html":
        assert answer.text.startswith("<html>")
    else:
        assert content == (answer.content if form == "empty" else answer.json())
    assert len(executed(caller)) == 1


@pytest.mark.parametrize(("form", "told"), [("id_empty", ""), ("id_null", None), ("id_zero", 0)])
def test_an_executed_order_has_no_id_in_its_answer(caller: Caller, form: str, told: Any) -> None:
    add(caller, caller.place_path, kind="body", body=form)
    answer = caller.place("one", "0.001")
    assert caller.code_of(answer) == 0
    assert caller.id_of(answer) == str(told)
    assert len(executed(caller)) == 1


@pytest.mark.parametrize("form", ["id_missing", "shape"])
def test_an_executed_order_s_answer_has_another_shape(caller: Caller, form: str) -> None:
    add(caller, caller.place_path, kind="body", body=form)
    content = caller.place("one", "0.001").json()
    assert ("data" in content) == (form == "shape")
    assert "orderId" not in {**content, **content.get("result", {})}


def test_an_answer_tells_of_the_order_before(caller: Caller) -> None:
    first = caller.id_of(caller.place("one", "0.001"))
    add(caller, caller.place_path, kind="body", body="other")
    swapped = caller.place("two", "0.002")
    assert (caller.id_of(swapped), len(executed(caller))) == (first, 2)
    add(caller, caller.order_path, kind="body", body="other")
    seen, true = caller.order("two"), caller.order("two")
    assert seen is not None
    assert true is not None
    assert (seen.id, seen.id == true.id) == (first, False)


def test_an_answer_tells_of_an_order_that_nobody_placed(caller: Caller) -> None:
    add(caller, caller.place_path, kind="body", body="other")
    told = caller.id_of(caller.place("one", "0.001"))
    order = caller.order("one")
    assert order is not None
    assert told != order.id


def placings(caller: Caller, after: int = 0) -> list[tuple[str, int | None]]:
    key = caller.account["apiKey"]
    rows = caller.server.get("/paper/control/requests", apiKey=key, after=after).json()["placings"]
    return [(row["client_order_id"], row["order_id"]) for row in rows]


def test_every_request_to_place_an_order_is_remembered(caller: Caller) -> None:
    caller.place("accepted", "0.001")
    caller.place("refused", "1000")
    for name, when in (("lost", "before"), ("executed", "after")):
        add(caller, caller.place_path, kind="drop", when=when)
        with pytest.raises(requests.ConnectionError):
            caller.place(name, "0.001")
    add(caller, caller.place_path, kind="body", body="garbled")
    caller.place("garbled", "0.001")
    ids = {order["client_order_id"]: order["id"] for order in executed(caller)}
    assert ids.keys() == {"accepted", "executed", "garbled"}
    names = ["accepted", "refused", "lost", "executed", "garbled"]
    assert placings(caller) == [(name, ids.get(name)) for name in names]


def test_an_id_that_is_sent_twice_is_remembered_twice(caller: Caller) -> None:
    for _ in range(2):
        caller.place("again", "0.001")
    assert [name for name, _ in placings(caller)] == ["again", "again"]


def test_remembered_requests_are_read_on_from_a_number(caller: Caller) -> None:
    caller.place("one", "0.001")
    key = caller.account["apiKey"]
    row = caller.server.get("/paper/control/requests", apiKey=key).json()["placings"][0]
    caller.place("two", "0.001")
    assert [name for name, _ in placings(caller, row["number"])] == ["two"]
    method, path = caller.place_path.split()
    assert (row["method"], row["path"]) == (method, path)
    assert 0 <= wall_ms() - row["time"] < 60_000


def test_requests_of_an_unknown_account_are_refused(exchange: PaperServer) -> None:
    answer = exchange.get("/paper/control/requests", apiKey="nobody")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["apiKey"])
    assert exchange.get("/paper/control/requests").json()["forgotten"] == 0
    assert MOST_PLACINGS >= 100_000
