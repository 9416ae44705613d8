"""Where a child is killed: set up in the child alone, by wrapping what is there. Production code knows nothing of it.

A point is a function to be called in the child before its work; the kill comes when the work gets there.
"""

import http.client
import importlib
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from exchanges.http_session import BoundedSession
from tests.chaos.rig.children import die

Arm = Callable[[], None]
OWN_PACKAGES = ("trades.", "bots.", "exchanges.", "users.", "saas.")
ORDER_PATHS = ("/api/v3/order", "/v5/order/create")
ANSWER_SECONDS = 10


def replace_everywhere(name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put `make(function)` wherever our modules hold it: `trades.ledger._plan`, `exchanges.gateway:Session.send_order`."""
    module_name, _, path = name.partition(":") if ":" in name else name.rpartition(".")
    holder: Any = importlib.import_module(module_name)
    *parents, last = path.split(".")
    for parent in parents:
        holder = getattr(holder, parent)
    original = getattr(holder, last)
    replacement = make(original)
    setattr(holder, last, replacement)
    for module in [module for key, module in sys.modules.items() if key.startswith(OWN_PACKAGES)]:
        for attribute in [key for key, value in vars(module).items() if value is original]:
            setattr(module, attribute, replacement)


def before(name: str, act: Callable[[], Any] = die) -> Arm:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def act_first(*arguments: Any, **options: Any) -> Any:
            act()
            return original(*arguments, **options)

        return act_first

    return lambda: replace_everywhere(name, make)


def after(name: str, act: Callable[[], Any] = die) -> Arm:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def act_afterwards(*arguments: Any, **options: Any) -> Any:
            result = original(*arguments, **options)
            act()
            return result

        return act_afterwards

    return lambda: replace_everywhere(name, make)


def within(name: str, enter: Callable[[], Any]) -> Arm:
    """While this function runs, the context that `enter` makes is there."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def inside(*arguments: Any, **options: Any) -> Any:
            with enter():
                return original(*arguments, **options)

        return inside

    return lambda: replace_everywhere(name, make)


def at_commit(name: str, act: Callable[[], Any] = die) -> Arm:
    """With everything of the function's transaction written, and nothing committed."""
    return within(name, partial(_commits, act, None))


def after_commit(name: str, act: Callable[[], Any] = die) -> Arm:
    """Committed, and the process has not heard of it."""
    return within(name, partial(_commits, None, act))


@contextmanager
def _commits(first: Callable[[], Any] | None, afterwards: Callable[[], Any] | None) -> Iterator[None]:
    original = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]

    def commit(self: BaseDatabaseWrapper) -> Any:
        if first is not None:
            first()
        result = original(self)
        if afterwards is not None:
            afterwards()
        return result

    BaseDatabaseWrapper._commit = commit  # type: ignore[attr-defined]
    try:
        yield
    finally:
        BaseDatabaseWrapper._commit = original  # type: ignore[attr-defined]


def at_statement(name: str, beginning: str, number: int, act: Callable[[], Any] = die) -> Arm:
    """Before the n-th statement of the function that begins so."""
    return within(name, partial(_statements, beginning, number, act))


@contextmanager
def _statements(beginning: str, number: int, act: Callable[[], Any]) -> Iterator[None]:
    seen = 0

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal seen
        seen += sql.startswith(beginning)
        if sql.startswith(beginning) and seen == number:
            act()
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        yield


class OrderWire:
    """The connection to the exchange, as the request that places an order goes through it."""

    def __init__(
        self, headers: Callable[..., Any] | None = None, body: Callable[..., Any] | None = None
    ) -> None:
        self._headers = headers
        self._body = body
        self._in_order = False

    def __call__(self) -> None:
        original = http.client.HTTPConnection.send

        def send(wire: http.client.HTTPConnection, data: Any) -> None:
            self._send(partial(original, wire), wire, data)

        http.client.HTTPConnection.send = send  # type: ignore[method-assign, assignment]

    def _send(self, original: Callable[[Any], None], wire: http.client.HTTPConnection, data: Any) -> None:
        is_body, self._in_order = self._in_order, is_order_request(data)
        act = self._headers if self._in_order else self._body if is_body else None
        if act is None:
            original(data)
        else:
            act(original, wire, data)


def is_order_request(data: Any) -> bool:
    if not isinstance(data, bytes) or not data.startswith(b"POST "):
        return False
    return data.split(b" ", 2)[1].decode().partition("?")[0] in ORDER_PATHS


def _die_connected(_: Callable[[Any], None], wire: http.client.HTTPConnection, __: Any) -> None:
    if wire.sock is None:
        wire.connect()
    die()


def _die_half_way(original: Callable[[Any], None], _: http.client.HTTPConnection, data: bytes) -> None:
    original(data[: len(data) // 2])
    die()


def _die_unanswered(original: Callable[[Any], None], wire: http.client.HTTPConnection, data: Any) -> None:
    original(data)
    die_when_answered(wire)


def die_when_answered(wire: http.client.HTTPConnection) -> None:
    """The exchange has done its work, and not a byte of what it says has been read."""
    select.select([wire.sock], [], [], ANSWER_SECONDS)
    die()


def _answer(act: Callable[[Any], bytes]) -> Arm:
    """When the body of the exchange's answer to an order is read."""

    def arm() -> None:
        original = BoundedSession._read

        def read(self: BoundedSession, response: Any) -> bytes:
            path = response.request.path_url.partition("?")[0]
            if response.request.method == "POST" and path in ORDER_PATHS:
                return act(partial(original, self, response) if act is _die_after_reading else response)
            return original(self, response)

        BoundedSession._read = read  # type: ignore[method-assign]

    return arm


def _die_reading(response: Any) -> bytes:
    response.raw.read1(int(response.headers.get("content-length", 80)) // 2)
    die()
    return b""


def _die_after_reading(read: Any) -> bytes:
    read()
    die()
    return b""


def fail_database() -> None:
    raise OperationalError("the database went away")


def cut_database() -> None:
    """The connection is gone, as after a restart of the server; what was not committed with it."""
    connection.connection.close()
    raise OperationalError("the connection was cut")


PLAN, SENDING = "trades.ledger._plan", "trades.ledger._mark_sending"
ANSWER = "trades.ledger._record_acknowledgement"
IMPORT = "trades.imports.import_order"

PLACING: dict[str, Arm] = {
    "before A": before(PLAN),
    "inside A": at_commit(PLAN),
    "A committed, not heard of": after_commit(PLAN),
    "after A": after(PLAN),
    "inside B": at_commit(SENDING),
    "B committed, not heard of": after_commit(SENDING),
    "after B, before the socket": after(SENDING),
    "connected, nothing written": OrderWire(headers=_die_connected),
    "half of the headers written": OrderWire(headers=_die_half_way),
    "half of the body written": OrderWire(body=_die_half_way),
    "accepted, no answer read": OrderWire(body=_die_unanswered),
    "half of the answer read": _answer(_die_reading),
    "answer unparsed": _answer(_die_after_reading),
    "parsed, before C": after("exchanges.gateway:Session.send_order"),
    "inside C": at_commit(ANSWER),
    "C committed, not heard of": after_commit(ANSWER),
    "after C": after(ANSWER),
    "between two fills": at_statement(IMPORT, 'INSERT INTO "trades_fill"', 2),
    "fills counted, the trade not": before("trades.imports.project_trade"),
    "inside the fills' commit": at_commit(IMPORT),
    "trade counted, no event yet": before("trades.imports._announce"),
    "all done, no decision kept": before("bots.engine.keep_decisions"),
}
FIND = "exchanges.gateway:Session.find_order"
CHANGE = "trades.recovery._change"
RECOVERING: dict[str, Arm] = {
    "lease just taken": after("trades.lease.take"),
    "before asking": before(FIND),
    "just answered": after(FIND),
    "inside the change": at_commit(CHANGE),
    "after the change": after(CHANGE),
    "fills asked": after("exchanges.gateway:Session.list_order_fills"),
    "between two fills": at_statement(IMPORT, 'INSERT INTO "trades_fill"', 2),
    "inside the fills' commit": at_commit(IMPORT),
    "trade counted, no event yet": before("trades.imports._announce"),
    "before the lease is given back": before("trades.lease.release"),
}
INSERT = "trades.adoption._insert"
ADOPTING: dict[str, Arm] = {
    "key halted": after("users.keys.halt_key"),
    "lease just taken": after("trades.lease.take"),
    "inside the insert": at_commit(INSERT),
    "row inserted, no fills asked": after(INSERT),
    "between two fills": at_statement(IMPORT, 'INSERT INTO "trades_fill"', 2),
    "inside the fills' commit": at_commit(IMPORT),
    "trade counted, no event yet": before("trades.imports._announce"),
    "before the lease is given back": before("trades.lease.release"),
}
CANCEL = "exchanges.gateway:Session.cancel_order"
CANCELLING: dict[str, Arm] = {
    "cancel about to be sent": before(CANCEL),
    "cancel sent, unsaved": after(CANCEL),
}
DATABASE_AT_C: dict[str, Arm] = {
    "database refuses C": at_commit(ANSWER, fail_database),
    "database cut at C": at_commit(ANSWER, cut_database),
    "C committed, reported as failed": after_commit(ANSWER, fail_database),
}
