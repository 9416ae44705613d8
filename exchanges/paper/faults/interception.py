"""One request in the hands of a fault."""

from random import Random

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..connections import cut
from ..exchange import Exchange
from ..requests import EXCHANGE
from .answer import Answer
from .dialects import Dialect, dialect_of


class Interception:
    """Execute the request, answer it, or cut its connection. `chance` is the rule's own luck."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, chance: Random) -> None:
        self._app = app
        self.scope = scope
        self._receive = receive
        self._send = send
        self.chance = chance

    @property
    def dialect(self) -> Dialect:
        return dialect_of(self.scope["path"])

    @property
    def exchange(self) -> Exchange:
        """As this request meets it."""
        met: Exchange = self.scope[EXCHANGE]
        return met

    async def pass_on(self) -> None:
        await self._app(self.scope, self._receive, self._send)

    async def execute(self) -> Answer:
        """Let the application do its work and keep its answer back."""
        status, headers, parts = 500, [], []

        async def keep(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self._app(self.scope, self._receive, keep)
        return Answer(status, tuple(headers), b"".join(parts)).without_length()

    async def answer(self, answer: Answer) -> None:
        await self._start(answer)
        await self._send({"type": "http.response.body", "body": answer.body, "more_body": False})

    async def answer_half(self, answer: Answer) -> None:
        """Promise the whole answer, send half of it, and hang up."""
        await self._start(answer)
        half = answer.body[: len(answer.body) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})
        await self.cut()

    async def cut(self) -> None:
        """Hang up, and wait until the server has noticed."""
        cut(self.scope["client"])
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def _start(self, answer: Answer) -> None:
        headers = [*answer.headers, (b"content-length", str(len(answer.body)).encode())]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})
