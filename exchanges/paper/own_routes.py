"""The exchange's own endpoints, which no real venue has: opening accounts and the state of its prices."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .accounts import DEFAULT_BALANCES
from .bodies import (
    InvalidFieldError,
    read_balances,
    read_label,
    read_object,
    read_permissions,
    render_invalid,
)
from .exchange import Exchange

Handler = Callable[[Request], Awaitable[Response]]


def answer_invalid(handler: Handler) -> Handler:
    """Turn a refused body into a 400 that says which field and why."""

    async def serve(request: Request) -> Response:
        try:
            return await handler(request)
        except InvalidFieldError as error:
            return render_invalid(error)

    return serve


def build_own_routes(exchange: Exchange, *, faults_enabled: bool) -> list[Route]:
    async def open_account(request: Request) -> Response:
        content = await read_object(request, frozenset({"label", "balances", "permissions"}))
        balances = dict(DEFAULT_BALANCES)
        if content.get("balances") is not None:
            balances = read_balances(content["balances"], exchange.market.assets())
        permissions = read_permissions(content.get("permissions") or {})
        account = exchange.open_account(read_label(content), balances, permissions)
        held = {asset: f"{amount:f}" for asset, amount in balances.items()}
        answer = {"apiKey": account.api_key, "secretKey": account.secret_key, "balances": held}
        return JSONResponse(answer, 201)

    async def show_status(request: Request) -> Response:
        del request
        source = exchange.market.source
        return JSONResponse(
            {
                "prices": source.kind,
                "simulated": source.simulated,
                "ready": source.ready,
                "message": source.message,
                "symbols": len(exchange.market.instruments()),
                "faults_enabled": faults_enabled,
            }
        )

    return [
        Route("/paper/accounts", answer_invalid(open_account), methods=["POST"]),
        Route("/paper/status", show_status, methods=["GET"]),
    ]
