"""Counts requests by endpoint."""

from collections import Counter

from starlette.types import ASGIApp, Receive, Scope, Send

OTHER = "other"


class RequestCounter:
    """Counts every request by method and path before anything else happens to it; opening a websocket is one.

    Only known paths get a name of their own, so the table stays small whatever is sent.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.paths: frozenset[str] = frozenset()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        async def count(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] in ("http", "websocket"):
                method = scope.get("method", "WEBSOCKET")
                known = scope["path"] in self.paths and len(method) < 10
                self.counts[f"{method} {scope['path']}" if known else OTHER] += 1
            await app(scope, receive, send)

        return count
