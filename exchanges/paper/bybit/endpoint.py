"""From an HTTP request to a handler and back: the frame every Bybit endpoint shares."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..accounts import Account
from ..clock import wall_ms
from ..exchange import Exchange
from ..frame import Call as AnyCall
from ..frame import build_routes as build_any_routes
from ..frame import client_address, json_response
from ..requests import EXCHANGE, read_body
from . import errors
from .errors import BybitError
from .limits import RateMeter
from .parameters import Parameters, read_query
from .parameters import read_body as read_body_parameters
from .refusals import translate
from .signature import authenticate

READING, TRADING = "enableReading", "enableSpotAndMarginTrading"
Json = dict[str, Any]
Call = AnyCall[Parameters]
Handler = Callable[[Call], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path, its handler giving the answer's `result`.

    `permission` is what the key of a signed endpoint must allow; an empty string asks for a valid key only.
    `per_second` is an account's limit. Answers carry market time, except where they tell the time itself.
    """

    method: str
    path: str
    handler: Handler
    permission: str | None = None
    per_second: int = 50
    tells_time: bool = False


def build_routes(exchange: Exchange, endpoints: Sequence[Endpoint], meter: RateMeter) -> list[Route]:
    async def answer(endpoint: Endpoint, request: Request) -> Response:
        met: Exchange = request.scope.get(EXCHANGE, exchange)
        try:
            return await _answer(met, endpoint, request, meter)
        except BybitError as error:
            return render_error(error, met.wall_ms())

    return build_any_routes(endpoints, answer)


async def _answer(exchange: Exchange, endpoint: Endpoint, request: Request, meter: RateMeter) -> Response:
    query, body = request.scope["query_string"], await read_body(request)
    if body is None:
        raise errors.invalid_parameter("the body is too large")
    meter.count_address(client_address(request), wall_ms())
    signer, headers = None, {}
    if endpoint.permission is not None:
        payload = body if endpoint.method == "POST" else query
        signer = authenticate(exchange.store, request.headers, payload, exchange.wall_ms())
        headers = meter.count_account(signer.id, endpoint.path, endpoint.per_second, wall_ms())
        _require_permission(signer, endpoint.permission)
    parameters = read_body_parameters(body) if endpoint.method == "POST" else read_query(query)
    call = Call(exchange, parameters, signer)
    result = await _run(endpoint, call)
    now = exchange.wall_ms() if endpoint.tells_time else exchange.now_ms()
    return _envelope(0, "OK", result, now, 200, headers)


def _require_permission(account: Account, permission: str) -> None:
    if permission and not account.allows(permission):
        raise errors.permission_denied()


async def _run(endpoint: Endpoint, call: Call) -> Json:
    try:
        return await endpoint.handler(call)
    except BybitError:
        raise
    except Exception as error:
        raise translate(error, trading=endpoint.method == "POST") from error


def render_error(error: BybitError, now_ms: int) -> Response:
    return _envelope(error.code, error.message, {}, now_ms, error.status, error.headers)


def _envelope(
    code: int, message: str, result: Json, now_ms: int, status: int, headers: dict[str, str]
) -> Response:
    content = {"retCode": code, "retMsg": message, "result": result, "retExtInfo": {}, "time": now_ms}
    return json_response(content, status, headers)
