"""What the frames of all dialects share: one call to a handler, one route per path, and a JSON answer."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .accounts import Account
from .exchange import Exchange

P = TypeVar("P")


# Without slots: a generic dataclass that is frozen and has them cannot be made through its alias on Python 3.11.
@dataclass(frozen=True)
class Call(Generic[P]):
    """One request to a handler, its parameters read by the dialect. `signer` is the account of a signed endpoint."""

    exchange: Exchange
    parameters: P
    signer: Account | None

    @property
    def account(self) -> Account:
        """Raises LookupError at an endpoint that was not declared as a signed one."""
        if self.signer is None:
            raise LookupError("nobody signed this request")
        return self.signer


class Addressed(Protocol):
    """An endpoint's place: one method of one path."""

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...


E = TypeVar("E", bound=Addressed)
Answerer = Callable[[E, Request], Awaitable[Response]]


def build_routes(endpoints: Sequence[E], answer: Answerer[E]) -> list[Route]:
    """One route per path, whatever its methods; `answer` turns a dialect's refusals into answers itself."""
    by_path: dict[str, dict[str, E]] = {}
    for endpoint in endpoints:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    return [_build_route(path, methods, answer) for path, methods in by_path.items()]


def _build_route(path: str, methods: dict[str, E], answer: Answerer[E]) -> Route:
    async def serve(request: Request) -> Response:
        return await answer(methods.get(request.method) or methods["GET"], request)

    return Route(path, serve, methods=list(methods))


def json_response(content: Any, status: int, headers: dict[str, str]) -> Response:
    body = json.dumps(content, separators=(",", ":")).encode()
    return Response(body, status, headers, media_type="application/json;charset=UTF-8")


def client_address(request: Request) -> str:
    return request.client.host if request.client else ""
