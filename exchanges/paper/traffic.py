"""Counts requests by endpoint."""

from collections import Counter

from starlette.types import ASGIApp, Receive, Scope, Send

OTHER = "other"


class RequestCounter:
    """Counts every request by method and path before anything else happens to it.

    Only known paths get a name of their own, so the table stays small whatever is sent.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.paths: frozenset[str] = frozenset()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        async def count(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                known = scope["path"] in self.paths and len(scope["method"]) < 8
                self.counts[f"{scope['method']} {scope['path']}" if known else OTHER] += 1
            await app(scope, receive, send)

        return count
