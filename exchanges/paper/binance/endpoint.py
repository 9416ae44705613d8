"""From an HTTP request to a handler and back: the frame every Binance endpoint shares."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..accounts import Account
from ..balances import InsufficientBalanceError
from ..clock import wall_ms
from ..exchange import (
    DuplicateOrderError,
    Exchange,
    OrderClosedError,
    UnknownOrderError,
    WouldTakeLiquidityError,
)
from ..frame import Call as AnyCall
from ..frame import build_routes as build_any_routes
from ..frame import client_address, json_response
from ..market import UnknownSymbolError
from ..prices.source import PricesUnavailableError
from ..requests import EXCHANGE, read_body
from ..rules import RuleViolationError
from . import errors
from .errors import BinanceError
from .parameters import Parameters
from .signature import SIGNED_NAMES, authenticate
from .weights import WeightMeter

logger = logging.getLogger(__name__)
READING, TRADING = "enableReading", "enableSpotAndMarginTrading"


Call = AnyCall[Parameters]
Handler = Callable[[Call], Awaitable[Any]]
Weight = int | Callable[[Parameters], int]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path: its weight, the parameters it knows, and whether it must be signed.

    `permission` is what the key of a signed endpoint must allow; an empty string asks for a valid key only.
    """

    method: str
    path: str
    handler: Handler
    weight: Weight
    names: frozenset[str] = frozenset()
    permission: str | None = None

    def weigh(self, parameters: Parameters) -> int:
        return self.weight if isinstance(self.weight, int) else self.weight(parameters)


def build_routes(exchange: Exchange, endpoints: Sequence[Endpoint], meter: WeightMeter) -> list[Route]:
    async def answer(endpoint: Endpoint, request: Request) -> Response:
        try:
            return await _answer(request.scope.get(EXCHANGE, exchange), endpoint, request, meter)
        except BinanceError as error:
            return render_error(error, meter.used(client_address(request)))

    return build_any_routes(endpoints, answer)


async def _answer(exchange: Exchange, endpoint: Endpoint, request: Request, meter: WeightMeter) -> Response:
    query, body = request.scope["query_string"], await read_body(request)
    if body is None:
        raise BinanceError(-1101, "Too many parameters.", 413)
    parameters = Parameters(query.decode(errors="replace"), body.decode(errors="replace"))
    address = client_address(request)
    meter.add(address, endpoint.weigh(parameters), wall_ms())
    signer = None
    if endpoint.permission is not None:
        now, key = exchange.wall_ms(), request.headers.get("x-mbx-apikey")
        signer = authenticate(exchange.store, key, query, body, parameters, now)
        _require_permission(signer, endpoint.permission, now)
        parameters.allow_only(endpoint.names | SIGNED_NAMES)
    call = Call(exchange, parameters, signer)
    answer = await _run(endpoint, call)
    return json_response(answer, 200, _weight_headers(meter.used(address)))


def _require_permission(account: Account, permission: str, now_ms: int) -> None:
    allowed = (
        account.can_trade(now_ms) if permission == TRADING else not permission or account.allows(permission)
    )
    if not allowed:
        raise errors.rejected_key()


async def _run(endpoint: Endpoint, call: Call) -> Any:
    try:
        return await endpoint.handler(call)
    except BinanceError:
        raise
    except Exception as error:
        raise _translate(error, endpoint) from error


def _translate(error: Exception, endpoint: Endpoint) -> BinanceError:
    """The one place where the exchange's own refusals become Binance's."""
    match error:
        case RuleViolationError():
            return errors.filter_failure(error.rule)
        case UnknownSymbolError():
            return errors.invalid_symbol()
        case InsufficientBalanceError():
            return errors.insufficient_balance()
        case DuplicateOrderError():
            return errors.duplicate_order()
        case WouldTakeLiquidityError():
            return errors.would_take()
        case OrderClosedError():
            return errors.unknown_order()
        case UnknownOrderError():
            return errors.unknown_order() if endpoint.method == "DELETE" else errors.no_such_order()
        case PricesUnavailableError():
            return errors.prices_unavailable()
    logger.error("%s %s failed", endpoint.method, endpoint.path, exc_info=error)
    return errors.internal_error()


def render_error(error: BinanceError, used: int) -> Response:
    headers = {**error.headers, **_weight_headers(used)}
    return json_response({"code": error.code, "msg": error.message}, error.status, headers)


def _weight_headers(used: int) -> dict[str, str]:
    return {"x-mbx-used-weight": str(used), "x-mbx-used-weight-1m": str(used)}
