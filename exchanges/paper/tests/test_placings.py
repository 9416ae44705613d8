"""The log of requests to place an order keeps the newest, whosever they are."""

import asyncio
from collections import deque
from pathlib import Path

from starlette.types import Message, Receive, Scope, Send

from ..catalogue import list_instruments
from ..clock import ManualClock
from ..exchange import Exchange
from ..market import Market
from ..placings import PlacingLog
from ..prices.walk import WalkPrices
from ..store import Store

INSTRUMENTS = list_instruments()


async def arrive(log: PlacingLog, key: str, name: str, parts: int = 1, *, broken: bool = False) -> bytes:
    """One request whose body comes in parts, or breaks off; returns the body that the application read."""
    body = f"newClientOrderId={name}".encode()
    size = len(body) // parts + 1
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    messages: deque[Message] = deque(
        {"type": "http.request", "body": piece, "more_body": broken or piece is not pieces[-1]}
        for piece in pieces
    )
    messages.append({"type": "http.disconnect"})
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "http.request":
            seen.append(message["body"])

    async def receive() -> Message:
        return messages.popleft()

    async def send(message: Message) -> None:
        raise AssertionError(message)

    headers = [(b"x-mbx-apikey", key.encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v3/order",
        "query_string": b"",
        "headers": headers,
    }
    await log.wrap(app)(scope, receive, send)
    return b"".join(seen)


def open_log(tmp_path: Path, most: int) -> PlacingLog:
    market = Market(INSTRUMENTS, WalkPrices(INSTRUMENTS, seed=7), ManualClock(1_790_078_400_000))
    return PlacingLog(Exchange(Store(tmp_path / "paper.sqlite3"), market), most)


def test_the_oldest_are_forgotten(tmp_path: Path) -> None:
    log = open_log(tmp_path, most=3)
    for key, name in ("a1", "b2", "a3", "a4", "b5"):
        asyncio.run(arrive(log, key, name))
    assert [one.client_order_id for one in log.list("a", 0)] == ["3", "4"]
    assert [one.client_order_id for one in log.list("b", 0)] == ["5"]
    assert log.forgotten == 2


def test_a_body_in_parts_reaches_the_application_whole(tmp_path: Path) -> None:
    log = open_log(tmp_path, most=3)
    assert asyncio.run(arrive(log, "a", "long-enough-name", parts=4)) == b"newClientOrderId=long-enough-name"
    assert [one.client_order_id for one in log.list("a", 0)] == ["long-enough-name"]


def test_a_request_that_breaks_off_has_not_arrived(tmp_path: Path) -> None:
    log = open_log(tmp_path, most=3)
    asyncio.run(arrive(log, "a", "long-enough-name", parts=4, broken=True))
    assert log.list("a", 0) == []
