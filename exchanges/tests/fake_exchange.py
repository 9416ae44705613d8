"""An exchange of our own over real HTTP that answers what it is told, garbled answers included."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import requests


@dataclass(frozen=True)
class Asked:
    """One request that arrived; `fields` are its query and its body, whichever way it carried them."""

    method: str
    path: str
    fields: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """An answer: JSON from `body`, or the bytes as they are."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def write(self, handler: BaseHTTPRequestHandler) -> None:
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        handler.send_response(self.status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)


@dataclass(frozen=True)
class Raw:
    """Bytes on the wire as they are, then the connection is closed."""

    content: bytes

    def write(self, handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(self.content)
        handler.close_connection = True


class FakeExchange:
    """Serves on a free port until closed. `replies` are given in turn, the last one for ever; `route` goes first."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.replies: list[Reply | Raw] = [Reply({})]
        self.route: Callable[[Asked], Any] | None = None
        self.stopping = threading.Event()
        self.silent = self.trickle = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler_class())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self, *replies: Reply | Raw) -> None:
        self.replies = list(replies)

    def _answer(self, asked: Asked) -> Reply | Raw:
        self.asked.append(asked)
        if self.route is not None:
            routed = self.route(asked)
            return routed if isinstance(routed, Reply) else Reply(routed)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def _trickle(self, handler: BaseHTTPRequestHandler) -> None:
        """One byte every 50 ms, so that no single read of the client ever takes long."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        handler.wfile.flush()
        handler.close_connection = True
        try:
            while not self.stopping.wait(0.05):
                handler.wfile.write(b" ")
                handler.wfile.flush()
        except OSError:
            return  # the client hung up, as it should

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        exchange = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = (
                65_536  # one packet per answer: header and body apart would wait for each other's receipt
            )

            def serve(self) -> None:
                asked = read_request(self)
                answer = exchange._answer(asked)
                if exchange.silent:
                    exchange.stopping.wait(30)
                    self.close_connection = True
                elif exchange.trickle:
                    exchange._trickle(self)
                else:
                    answer.write(self)

            do_GET = do_POST = do_DELETE = serve  # noqa: N815 -- the names that http.server looks for

            def log_message(self, *_: Any) -> None:
                return

        return Handler


def read_request(handler: BaseHTTPRequestHandler) -> Asked:
    body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
    return read_parts(handler.command, handler.path, body, dict(handler.headers))


def read_url(request: requests.PreparedRequest) -> Asked:
    """The same from a request that has not left yet."""
    body = request.body or b""
    text = body.decode() if isinstance(body, bytes) else str(body)
    return read_parts(str(request.method), str(request.url), text, dict(request.headers))


def read_parts(method: str, url: str, body: str, headers: Mapping[str, str]) -> Asked:
    parts = urlsplit(url)
    sent = json.loads(body) if body.startswith("{") else dict(parse_qsl(body))
    return Asked(method, parts.path, {**dict(parse_qsl(parts.query)), **sent}, headers)
