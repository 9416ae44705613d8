"""Ways an exchange misbehaves, each on its own: what a rule says, and what it does to a request.

A fault is a kind with its options. To add one, write a class with `parse` and `apply` and name it in FAULTS.

    delay     wait `seconds`, `when` before or after executing
    drop      cut the connection without an answer, `when` before or after executing
    half      execute, send half of the answer, cut the connection
    status    answer HTTP `status` 500, 502, 503 or 504 (`html`: as a web page), `when` before or after executing
    limit     answer HTTP `status` 429 or 418 with Retry-After `retry_after` seconds, executing nothing
    body      execute, then answer 200 with a `body` that is empty, truncated, html or garbled
    defer     accept an order as NEW and let it meet the market only `seconds` of market time later
"""

import asyncio
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, Self

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .bodies import InvalidFieldError, read_amount
from .connections import cut
from .requests import DEFER_MS

_LONGEST_SECONDS = Decimal(3600)
_HTML = (
    b"<html><head><title>Error</title></head><body><h1>The request could not be satisfied</h1></body></html>"
)
_JSON_HEADERS = [(b"content-type", b"application/json;charset=UTF-8")]
_HTML_HEADERS = [(b"content-type", b"text/html")]
_UNKNOWN = "An unknown error occurred while processing the request."
_TIMEOUT = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
_SERVER_ERRORS = {
    500: (-1000, _UNKNOWN),
    502: (-1006, "An unexpected response was received from the message bus. Execution status unknown."),
    503: (-1001, "Internal error; unable to process your request. Please try again."),
    504: (-1007, _TIMEOUT),
}
_BAN_CODE = -1003


@dataclass(slots=True)
class Answer:
    """A whole answer of the application."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Interception:
    """One request in the hands of a fault: execute it, answer it, or cut its connection."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self._app = app
        self.scope = scope
        self._receive = receive
        self._send = send

    async def pass_on(self) -> None:
        await self._app(self.scope, self._receive, self._send)

    async def execute(self) -> Answer:
        """Let the application do its work and keep its answer back."""
        answer = Answer(500, [], b"")

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                answer.body += message.get("body", b"")

        await self._app(self.scope, self._receive, keep)
        return answer

    async def answer(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        await self._start(status, headers, len(body))
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def answer_half(self, answer: Answer) -> None:
        """Promise the whole answer, send half of it, and hang up."""
        kept = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
        await self._start(answer.status, kept, len(answer.body))
        half = answer.body[: len(answer.body) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})
        await self.cut()

    async def cut(self) -> None:
        """Hang up, and wait until the server has noticed."""
        cut(self.scope["client"])
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def _start(self, status: int, headers: list[tuple[bytes, bytes]], length: int) -> None:
        complete = [*headers, (b"content-length", str(length).encode())]
        await self._send({"type": "http.response.start", "status": status, "headers": complete})


class Fault(Protocol):
    """What a rule does to the requests it fires on."""

    @classmethod
    def parse(cls, options: dict[str, Any]) -> Self:
        """From a rule's options, taking out those it knows. Raises InvalidFieldError."""

    async def apply(self, request: Interception) -> None: ...


@dataclass(frozen=True, slots=True)
class Delay:
    seconds: float
    after: bool

    @classmethod
    def parse(cls, options: dict[str, Any]) -> Self:
        return cls(_take_seconds(options, "seconds"), _take_when(options))

    async def apply(self, request: Interception) -> None:
        if not self.after:
            await asyncio.sleep(self.seconds)
            await request.pass_on()
            return
        answer = await request.execute()
        await asyncio.sleep(self.seconds)
        headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-length"]
        await request.answer(answer.status, headers, answer.body)


@dataclass(frozen=True, slots=True)
class Drop:
    after: bool

    @classmethod
    def parse(cls, options: dict[str, Any]) -> Self:
        return cls(_take_when(options))

    async def apply(self, request: Interception) -> None:
        if self.after:
            await request.execute()
        await request.cut()


@dataclass(frozen=True, slots=True)
class Half:
    @classmethod
    def parse(cls, options: dict[str, Any]) -> Self:
        del options
        return cls()

    async def apply(self, request: Interception) -> None:
        await request.answer_half(await request.execute())


@dataclass(frozen=True, slots=True)
class Status:
    status: int
    after: bool
    html: bool

    @classmethod
    def parse(cls, options: dict[str, Any]) -> Self:
        status = _take_choice(options, "status", tuple(_SERVER_ERRORS))
        return cls(status, _take_when(options), _take_choice(options, "html", (False, True)))

    async def apply(self, request: Interception) -> None:
        if self.after:
            await request.execute()
        if self.html:
            await request.answer(self.status, _HTML_HEADERS, _HTML)
            return
        code, message = _SERVER_ERRORS[self.status]
        await request.answer(self.status, _JSON_HEADERS, _render(code, message))


@dataclass(frozen=True, slots=True)
class Limit:
    status: int
    retry_after: int

    @classmethod
    def parse(cls, options: dict[str, Any]) -> Self:
        status = _take_choice(options, "status", (429, 418))
        return cls(status, int(_take_seconds(options, "retry_after", default=1)))

    async def apply(self, request: Interception) -> None:
        headers = [*_JSON_HEADERS, (b"retry-after", str(self.retry_after).encode())]
        message = "Too many requests; current limit is 6000 request weight per 1 MINUTE."
        if self.status == 418:
            message = (
                "Way too much request weight used; IP banned. Please use WebSocket Streams for live updates."
            )
        await request.answer(self.status, headers, _render(_BAN_CODE, message))


@dataclass(frozen=True, slots=True)
class Body:
    form: str

    @classmethod
    def parse(cls, options: dict[str, Any]) -> Self:
        return cls(_take_choice(options, "body", ("empty", "truncated", "html", "garbled")))

    async def apply(self, request: Interception) -> None:
        body = (await request.execute()).body
        forms = {
            "empty": b"",
            "truncated": body[: len(body) // 2],
            "html": _HTML,
            "garbled": bytes(byte ^ 0x55 for byte in body),
        }
        headers = _HTML_HEADERS if self.form == "html" else _JSON_HEADERS
        await request.answer(200, headers, forms[self.form])


@dataclass(frozen=True, slots=True)
class Defer:
    seconds: float

    @classmethod
    def parse(cls, options: dict[str, Any]) -> Self:
        return cls(_take_seconds(options, "seconds"))

    async def apply(self, request: Interception) -> None:
        request.scope[DEFER_MS] = int(self.seconds * 1000)
        await request.pass_on()


FAULTS: dict[str, type[Fault]] = {
    "delay": Delay,
    "drop": Drop,
    "half": Half,
    "status": Status,
    "limit": Limit,
    "body": Body,
    "defer": Defer,
}


def _render(code: int, message: str) -> bytes:
    return json.dumps({"code": code, "msg": message}).encode()


def _take_seconds(options: dict[str, Any], name: str, default: int | None = None) -> float:
    value = options.pop(name, default)
    if value is None:
        raise InvalidFieldError(name, "is required")
    return float(read_amount(value, name, _LONGEST_SECONDS))


def _take_when(options: dict[str, Any]) -> bool:
    """Whether the fault comes after the request was executed."""
    return bool(_take_choice(options, "when", ("before", "after")) == "after")


def _take_choice(options: dict[str, Any], name: str, choices: tuple[Any, ...]) -> Any:
    """One of the choices, the first when nothing is given."""
    value = options.pop(name, choices[0])
    if not any(value is choice or (type(value) is type(choice) and value == choice) for choice in choices):
        raise InvalidFieldError(name, f"must be one of {', '.join(map(str, choices))}")
    return value
