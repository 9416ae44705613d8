"""Prices that an exchange pushes: beside the gateway the one module that imports ccxt, for its websockets.

ccxt connects, pings and notices a dead line; what is followed and what a message means is the dialect's. A message is
kept as it came, and only the newest of each topic: whoever publishes prices reads what he needs when he needs it.
"""

import asyncio
import logging
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

import aiohttp
import certifi

from exchanges.dialects import get_dialect
from exchanges.dialects.reading import moment
from exchanges.dialects.streams import Operation, StreamDialect
from exchanges.domain import Venue
from exchanges.environments import hosts_of, stream_base
from exchanges.gateway import SILENT

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 10
# A line on which nothing comes, not even the answer to a ping, is dead after so many of them.
PING_SECONDS = 1
MISSED_PINGS = 3
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 15.0
# Who stayed connected for so long did not fail to connect.
STEADY_SECONDS = 30.0
# Binance takes five messages a second, pings among them.
REQUEST_PAUSE_SECONDS = 0.3
# An exchange that does not say whether we follow something is asked on another connection.
ANSWER_SECONDS = 5.0
CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came, and when by our own clock."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class News:
    """What came since the last look: the newest message of each topic, and every final one of a candle, oldest first."""

    latest: Mapping[str, Message]
    finals: Iterable[tuple[str, Message]]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a stream stands. `connection` counts them.

    `followed` is what the exchange has confirmed on this connection, nothing while there is none. `heard_at` is when
    anything last came, if only the answer to a ping; `told_at` when a message about a topic did.
    """

    connection: int
    followed: frozenset[str]
    heard_at: datetime | None
    told_at: datetime | None


class StreamRefused(Exception):
    """The exchange does not let us follow what we want to."""


class BoundedConnector(aiohttp.TCPConnector):
    """Connects to `hosts` (`name[:port]`) and to no other, whoever asks: a redirect, or ccxt by itself."""

    def __init__(self, hosts: frozenset[str]) -> None:
        super().__init__(ssl=ssl.create_default_context(cafile=certifi.where()))
        self.hosts = hosts

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Any], timeout: aiohttp.ClientTimeout
    ) -> Any:
        if req.url.raw_authority not in self.hosts:
            raise aiohttp.ClientConnectionError(
                f"{req.url.raw_authority} does not belong to this environment"
            )
        return await super().connect(req, traces, timeout)


class RawMessages:
    """Mixed into ccxt's streaming classes: hands on each message as it came, unread."""

    on_text: Callable[[Any, str | bytes], None]

    def client(self, url: str) -> Any:
        client: Any = super().client(url)  # type: ignore[misc]  # of ccxt's classes
        client.handle_text_or_binary_message = partial(self.on_text, client)
        return client


@cache
def stream_class(exchange: str) -> Callable[[dict[str, Any]], Any]:
    # Imported by the one process that streams: another 33 MB beside the gateway's ccxt.
    import ccxt.pro

    return type(f"Streamed{exchange}", (RawMessages, getattr(ccxt.pro, exchange)), {})


def build_stream(venue: Venue, on_text: Callable[[Any, str | bytes], None]) -> Any:
    """A ccxt streaming client that knows one URL, this environment's; to be made and closed in one event loop."""
    dialect = dialect_of(venue)
    loop = asyncio.get_running_loop()
    client = stream_class(venue.exchange)(
        {"asyncio_loop": loop, "session": None, "enableRateLimit": False, "logger": SILENT}
    )
    base = stream_base(venue, client.urls, client.hostname or "", dialect.api)
    client.urls = {"api": {"ws": base + dialect.path}}
    client.session = aiohttp.ClientSession(
        connector=BoundedConnector(hosts_of({"ws": base})), trust_env=False
    )
    client.streaming = {"keepAlive": PING_SECONDS * 1_000, "maxPingPongMisses": MISSED_PINGS}
    client.options["ws"] = {"compress": 0}
    client.on_text = on_text
    return client


def dialect_of(venue: Venue) -> StreamDialect:
    """Raises LookupError where a venue's prices cannot be followed."""
    streams = get_dialect(venue.exchange).streams
    if streams is None:
        raise LookupError(f"{venue} has no stream")
    return streams


class MarketStream(threading.Thread):
    """Follows topics of one venue on one connection, and connects again whenever it is lost. Methods are thread-safe.

    `on_news` is called in the stream's own thread whenever something came or the connection changed.
    """

    def __init__(self, venue: Venue, on_news: Callable[[], None]) -> None:
        super().__init__(name=f"stream-{venue}", daemon=True)
        self.venue = venue
        self._dialect = dialect_of(venue)
        self._on_news = on_news
        self._wanted: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._latest: dict[str, Message] = {}
        self._finals: list[tuple[str, Message]] = []
        self._loop = asyncio.new_event_loop()
        self._wake = asyncio.Event()
        self._leaving = False
        self._client: Any = None
        self._connection = 0
        self._told: datetime | None = None
        self._asked: set[str] = set()
        self._followed: frozenset[str] = frozenset()
        self._requests: dict[int, tuple[Operation, tuple[str, ...]]] = {}
        self._number = 0
        self._said = ""

    def follow(self, topics: Iterable[str]) -> None:
        """Follow these from now on, and nothing else."""
        wanted = tuple(topics)
        if wanted != self._wanted:
            self._wanted = wanted
            self._call(self._wake.set)

    def standing(self) -> Standing:
        client = self._client
        heard = None if client is None else client.last_message_at
        return Standing(
            self._connection, self._followed, None if heard is None else moment(heard), self._told
        )

    def take(self) -> News:
        """What came since the last time."""
        with self._lock:
            news = News(self._latest, self._finals)
            self._latest, self._finals = {}, []
        return news

    def restart(self, reason: str) -> None:
        """Give this connection up and make another."""
        self._call(partial(self._end, reason))

    def close(self) -> None:
        self._leaving = True
        self._call(self._wake.set)
        self._call(partial(self._end, "closing"))
        if self.ident is None:
            self._loop.close()
        else:
            self.join(CLOSE_SECONDS)

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._stay_connected())

    def _call(self, action: Callable[[], object]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)

    async def _stay_connected(self) -> None:
        failures = 0
        while not self._leaving:
            if not self._wanted:
                await self._sleep(None)
                continue
            started = self._loop.time()
            reason = await self._try_to_converse()
            failures = 1 if self._loop.time() - started > STEADY_SECONDS else failures + 1
            self._say(f"lost: {reason}")
            if not self._leaving:
                await self._sleep(min(FIRST_DELAY_SECONDS * 2 ** (failures - 1), LONGEST_DELAY_SECONDS))

    async def _try_to_converse(self) -> str:
        """One connection, from its beginning to its end; returns why it ended."""
        try:
            await self._connect_and_converse()
        except Exception as error:  # noqa: BLE001 -- ccxt raises whatever it meets, and a stream must come back from all of it
            return type(error).__name__
        return "closed"

    async def _connect_and_converse(self) -> None:
        stream = build_stream(self.venue, self._receive)
        async with stream.session as session:
            try:
                await self._converse(stream, session)
            finally:
                self._client, self._told, self._followed = None, None, frozenset()
                self._asked, self._requests = set(), {}
                self.take()
                self._on_news()
                await stream.close()

    async def _converse(self, stream: Any, session: aiohttp.ClientSession) -> None:
        client = stream.client(stream.urls["api"]["ws"] + self._dialect.query(self._wanted))
        gone = client.future("gone")
        connected = client.connect(session)
        await asyncio.wait({connected, gone}, timeout=CONNECT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not connected.done():
            _result_of(gone)
            raise TimeoutError
        self._connection += 1
        self._client = client
        while not gone.done() and not self._leaving:
            self._wake.clear()
            await self._adjust(client)
            waking = asyncio.ensure_future(self._wake.wait())
            seconds = ANSWER_SECONDS if self._requests else None
            done, _ = await asyncio.wait({waking, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            waking.cancel()
            if not done and self._requests:
                raise StreamRefused("no answer to a request")
        _result_of(gone)

    async def _adjust(self, client: Any) -> None:
        """Follow what is wanted and not asked for yet, and leave what is not wanted any more."""
        surplus = self._asked.difference(self._wanted)
        missing = [topic for topic in self._wanted if topic not in self._asked]
        await self._request_all(client, "unsubscribe", sorted(surplus))
        await self._request_all(client, "subscribe", missing)

    async def _request_all(self, client: Any, operation: Operation, topics: Sequence[str]) -> None:
        size = self._dialect.topics_per_request
        for start in range(0, len(topics), size):
            if not self._leaving:
                await self._request(client, operation, tuple(topics[start : start + size]))

    async def _request(self, client: Any, operation: Operation, topics: tuple[str, ...]) -> None:
        self._number += 1
        self._requests[self._number] = (operation, topics)
        if operation == "subscribe":
            self._asked.update(topics)
        else:
            self._asked.difference_update(topics)
            self._followed -= set(topics)
        await client.send(self._dialect.request(operation, topics, self._number))
        await asyncio.sleep(REQUEST_PAUSE_SECONDS)

    def _receive(self, client: Any, data: str | bytes) -> None:
        """Called by ccxt for each message. What it raised would end ccxt's reading for good."""
        text = data if isinstance(data, str) else data.decode(errors="replace")
        client.lastPong = client.last_message_at
        topic = self._dialect.topic_of(text)
        if topic is None:
            self._take_reply(text)
            return
        message = Message(moment(client.last_message_at), text)
        self._told = message.at
        with self._lock:
            if self._dialect.is_candle(topic):
                if self._dialect.is_final(text):
                    self._finals.append((topic, message))
            else:
                self._latest[topic] = message
        self._on_news()

    def _take_reply(self, text: str) -> None:
        try:
            reply = self._dialect.read_reply(text)
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        asked = self._requests.pop(reply.number, None) if reply else None
        if reply is None or asked is None:
            return
        if not reply.accepted:
            self._end("refused")
        elif asked[0] == "subscribe":
            self._followed |= self._asked.intersection(asked[1])
            self._say("connected")
            self._on_news()

    def _end(self, reason: str) -> None:
        client = self._client
        if client is not None:
            client.reject(StreamRefused(reason), "gone")

    async def _sleep(self, seconds: float | None) -> None:
        """Until something else is wanted, or for so long."""
        self._wake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    def _say(self, state: str) -> None:
        """Log a change, never each attempt."""
        if state != self._said and not self._leaving:
            self._said = state
            logger.log(
                logging.INFO if state == "connected" else logging.WARNING,
                "stream of %s %s",
                self.venue,
                state,
            )


def _result_of(gone: "asyncio.Future[None]") -> None:
    """Raise what ended a connection; nothing if it was us."""
    if gone.done():
        gone.result()
    else:
        gone.cancel()
