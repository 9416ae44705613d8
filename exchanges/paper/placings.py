"""Remembers every request to place an order that has arrived whole, whatever became of its answer."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from sys import intern
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .accounts import Account
from .clock import wall_ms
from .exchange import Exchange
from .faults.dialects import key_of
from .orders import Deferral, Fill, Order, OrderRequest
from .requests import EXCHANGE, LARGEST_BODY
from .views import ExchangeView

# The most that are remembered, of all accounts together.
MOST_PLACINGS = 120_000
_LONGEST_ID = 64


@dataclass(slots=True)
class Placing:
    """One request to place an order. `time` is its arrival by the time of day, in milliseconds.

    `order_id` is that of the order it made, None when it made none.
    """

    number: int
    time: int
    method: str
    path: str
    client_order_id: str
    order_id: int | None = None

    def render(self) -> dict[str, Any]:
        return asdict(self)


class PlacingLog:
    """The requests to place an order since the process started, by key; beyond the `most` that it keeps, the oldest go.

    What was executed is in the orders themselves and outlives the process; this does not.
    """

    def __init__(self, exchange: Exchange, most: int = MOST_PLACINGS) -> None:
        self._exchange = exchange
        self._most = most
        self._by_key: dict[str, deque[Placing]] = {}
        self._keys: deque[str] = deque()
        self._last_number = 0
        self.since_ms = wall_ms()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        async def watch(scope: Scope, receive: Receive, send: Send) -> None:
            read_id = (
                _CLIENT_IDS.get(f"{scope['method']} {scope['path']}") if scope["type"] == "http" else None
            )
            if read_id is None:
                await app(scope, receive, send)
                return
            messages = await _read_ahead(receive)
            if messages[-1]["type"] == "http.request":
                body = b"".join(message.get("body", b"") for message in messages)
                placing = self._add(scope, read_id(scope["query_string"], body)[:_LONGEST_ID])
                scope[EXCHANGE] = _Watching(scope.get(EXCHANGE, self._exchange), placing)
            await app(scope, _replay(messages, receive), send)

        return watch

    def list(self, api_key: str, after: int) -> list[Placing]:
        """Those of one key whose number is higher than `after`, in the order of their arrival."""
        return [one for one in self._by_key.get(api_key, ()) if one.number > after]

    @property
    def forgotten(self) -> int:
        """How many the log could not keep."""
        return self._last_number - len(self._keys)

    def _add(self, scope: Scope, client_order_id: str) -> Placing:
        key, method, path = (intern(text) for text in (key_of(scope), scope["method"], scope["path"]))
        self._last_number += 1
        placing = Placing(self._last_number, wall_ms(), method, path, client_order_id)
        self._by_key.setdefault(key, deque()).append(placing)
        self._keys.append(key)
        if len(self._keys) > self._most:
            self._forget(self._keys.popleft())
        return placing

    def _forget(self, key: str) -> None:
        placings = self._by_key[key]
        placings.popleft()
        if not placings:
            del self._by_key[key]


class _Watching(ExchangeView):
    """Notes which order a request has made."""

    def __init__(self, exchange: Exchange, placing: Placing) -> None:
        super().__init__(exchange)
        self._placing = placing

    def place(
        self, account: Account, request: OrderRequest, deferral: Deferral | None = None
    ) -> tuple[Order, list[Fill]]:
        order, fills = self.behind.place(account, request, deferral)
        self._placing.order_id = order.id
        self._placing.client_order_id = order.client_order_id
        return order, fills


async def _read_ahead(receive: Receive) -> list[Message]:
    """A request up to the end of its body, as far as one could be that is legitimate; or to its client's end."""
    messages, size = [await receive()], 0
    while messages[-1].get("more_body"):
        size += len(messages[-1].get("body", b""))
        if size > LARGEST_BODY:
            break
        messages.append(await receive())
    return messages


def _replay(messages: list[Message], receive: Receive) -> Receive:
    waiting = deque(messages)

    async def read() -> Message:
        return waiting.popleft() if waiting else await receive()

    return read


def _read_form_id(query: bytes, body: bytes) -> str:
    values = parse_qs(b"&".join((query, body)).decode(errors="replace"))
    return values.get("newClientOrderId", [""])[0]


def _read_json_id(query: bytes, body: bytes) -> str:
    del query
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(content.get("orderLinkId") or "") if isinstance(content, dict) else ""


_CLIENT_IDS: dict[str, Callable[[bytes, bytes], str]] = {
    "POST /api/v3/order": _read_form_id,
    "POST /v5/order/create": _read_json_id,
}
