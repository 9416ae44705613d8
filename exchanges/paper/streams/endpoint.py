"""One websocket connection: it takes requests and pushes news until either side ends it."""

import asyncio
import json
from contextlib import suppress
from typing import Any, Protocol

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..connections import forget
from .feed import Feed, Reporter, State
from .topics import News, Topic

Json = dict[str, Any]


class Follower:
    """What one connection follows, by topic name."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic] = {}


class StreamDialect(Protocol):
    """One venue's messages. `answer` gives what is sent back for a request, None for what has no answer.

    `tells_at_once` says that a new subscription is answered with the current state.
    """

    path: str
    tells_at_once: bool

    def start(self, follower: Follower, query: str) -> None: ...
    def answer(self, follower: Follower, request: Json) -> Json | None: ...
    def render(self, news: News) -> Json: ...


def build_stream_route(feed: Feed, dialect: StreamDialect) -> WebSocketRoute:
    async def serve(websocket: WebSocket) -> None:
        if feed.state is State.CLOSED or websocket.client is None:
            await websocket.close()
            return
        await websocket.accept()
        peer = (websocket.client.host, websocket.client.port)
        feed.connected.add(peer)
        try:
            await _serve(websocket, feed, dialect)
        finally:
            feed.connected.discard(peer)
            forget(peer)

    return WebSocketRoute(dialect.path, serve)


async def _serve(websocket: WebSocket, feed: Feed, dialect: StreamDialect) -> None:
    follower = Follower()
    dialect.start(follower, websocket.url.query)
    pushing = asyncio.create_task(_push(websocket, feed, dialect, follower))
    try:
        await _answer(websocket, feed, dialect, follower)
    finally:
        pushing.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await pushing


async def _answer(websocket: WebSocket, feed: Feed, dialect: StreamDialect, follower: Follower) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            request = _read(await websocket.receive_text())
            answer = dialect.answer(follower, request)
            if answer is not None and feed.state is State.OPEN:
                await _send(websocket, answer)
            if dialect.tells_at_once:
                feed.poke()


async def _push(websocket: WebSocket, feed: Feed, dialect: StreamDialect, follower: Follower) -> None:
    reporter, seen = Reporter(feed), feed.stamp()
    while True:
        seen = await feed.wait(seen)
        async for news in reporter.report(list(follower.topics.values())):
            if feed.state is State.OPEN:
                feed.messages += 1
                await _send(websocket, dialect.render(news))


async def _send(websocket: WebSocket, content: Json) -> None:
    await websocket.send_text(json.dumps(content, separators=(",", ":")))


def _read(text: str) -> Json:
    """The request, empty where it is none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def names_in(request: Json, field: str) -> list[str]:
    """The topic names that a request lists."""
    names = request.get(field)
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
