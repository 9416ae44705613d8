"""Endpoints that steer the market and tell its truth, for tests and drills; mounted only when asked for."""

from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from enum import Enum
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .accounts import Account
from .balances import InsufficientBalanceError
from .bodies import (
    InvalidFieldError,
    read_amount,
    read_balances,
    read_object,
    read_permissions,
    read_text,
)
from .clock import ManualClock
from .exchange import Exchange
from .instruments import Instrument
from .limits import SETTABLE, Limits
from .market import UnknownSymbolError
from .orders import Fill, Order
from .own_routes import answer_invalid
from .placings import PlacingLog
from .prices.pins import PinnedPrices
from .traffic import RequestCounter

CLOCK_SETTING = "market_clock_ms"
_LONGEST_ADVANCE = 31 * 86_400
_HIGHEST_PRICE = Decimal(1_000_000_000)
_KEY_LENGTH = 64


class Control:
    """What may be done to the market from outside."""

    def __init__(
        self,
        exchange: Exchange,
        clock: ManualClock | None,
        counter: RequestCounter,
        placings: PlacingLog,
        limits: Limits,
        poke: Callable[[], None],
    ) -> None:
        """`poke` tells whoever follows prices that one was set by hand."""
        self._exchange = exchange
        self._clock = clock
        self._counter = counter
        self._placings = placings
        self._limits = limits
        self._poke = poke

    def routes(self) -> list[Route]:
        return [
            Route("/paper/control/price", answer_invalid(self.pin_price), methods=["POST"]),
            Route("/paper/control/clock", answer_invalid(self.advance_clock), methods=["POST"]),
            Route("/paper/control/account", answer_invalid(self.change_account), methods=["POST"]),
            Route("/paper/control/ledger", answer_invalid(self.show_ledger), methods=["GET"]),
            Route("/paper/control/requests", answer_invalid(self.show_requests), methods=["GET"]),
            Route("/paper/control/limits", answer_invalid(self.change_limits), methods=["GET", "POST"]),
        ]

    async def pin_price(self, request: Request) -> Response:
        """Hold a pair at a price from the current second on, or release it with null."""
        content = await read_object(request, frozenset({"symbol", "price"}))
        source = self._exchange.market.source
        if not isinstance(source, PinnedPrices):
            raise InvalidFieldError("price", "only simulated prices can be set")
        instrument = self._read_instrument(content)
        ticks = self._read_ticks(content, instrument)
        self._exchange.settle()
        second = self._exchange.market.now_second()
        with self._exchange.store.transaction():
            self._exchange.store.add_pin(instrument.symbol, second, ticks)
        source.pin(instrument, second, ticks)
        self._exchange.settle_symbol(instrument.symbol)
        self._poke()
        price = None if ticks is None else f"{instrument.price(ticks):f}"
        return JSONResponse({"symbol": instrument.symbol, "price": price, "from": second * 1000})

    async def advance_clock(self, request: Request) -> Response:
        """Move market time forward by `advance` seconds; 0 tells the time."""
        content = await read_object(request, frozenset({"advance"}))
        if self._clock is None:
            raise InvalidFieldError(
                "advance", "the market runs on the wall clock; start it with --clock manual"
            )
        seconds = read_amount(content.get("advance", 0), "advance", Decimal(_LONGEST_ADVANCE))
        now_ms = self._clock.now_ms() + int(seconds * 1000)
        with self._exchange.store.transaction():
            self._exchange.store.set_setting(CLOCK_SETTING, str(now_ms))
        self._clock.advance(now_ms - self._clock.now_ms())
        self._exchange.settle()
        self._poke()
        return JSONResponse({"time": now_ms})

    async def change_account(self, request: Request) -> Response:
        """Set a key's permissions, revoke it and bring it back, or move assets in and out as their owner would."""
        known = frozenset({"apiKey", "permissions", "revoked", "deposit", "withdraw"})
        content = await read_object(request, known)
        account = self._read_account(read_text(content, "apiKey"))
        revoked = content.get("revoked", account.revoked)
        if not isinstance(revoked, bool):
            raise InvalidFieldError("revoked", "must be true or false")
        permissions = account.permissions | read_permissions(content.get("permissions") or {})
        changed = replace(account, permissions=permissions, revoked=revoked)
        moved = self._read_transfers(content)
        try:
            self._exchange.transfer(account, moved)
        except InsufficientBalanceError:
            raise InvalidFieldError("withdraw", "is more than what is free") from None
        with self._exchange.store.transaction():
            self._exchange.store.update_account(changed)
        return JSONResponse({"permissions": permissions, "revoked": revoked})

    async def show_ledger(self, request: Request) -> Response:
        """All orders, fills and balances of one account, exact, with what it started with."""
        account = self._read_account(request.query_params.get("apiKey", ""))
        exchange, store = self._exchange, self._exchange.store
        exchange.settle()
        balances = store.list_balances(account.id)
        return JSONResponse(
            {
                "deposits": {
                    asset: f"{amount:f}" for asset, amount in store.list_deposits(account.id).items()
                },
                "balances": {
                    asset: {"free": f"{one.free:f}", "locked": f"{one.locked:f}"}
                    for asset, one in balances.items()
                },
                "orders": [_render_record(order) for order in store.list_account_orders(account.id)],
                "fills": [_render_record(fill) for fill in store.list_account_fills(account.id)],
            }
        )

    async def show_requests(self, request: Request) -> Response:
        """Requests that came in since the start, in all and by endpoint; with a key, its requests to place an order.

        With `after`, only those with a higher number. An executed one names its order's id in the ledger.
        """
        counts, log = self._counter.counts, self._placings
        answer = {
            "total": sum(counts.values()),
            "endpoints": dict(sorted(counts.items())),
            "since": log.since_ms,
            "forgotten": log.forgotten,
        }
        if "apiKey" in request.query_params:
            account = self._read_account(request.query_params["apiKey"])
            after = read_amount(request.query_params.get("after", "0"), "after", Decimal(2**53))
            answer["placings"] = [one.render() for one in log.list(account.api_key, int(after))]
        return JSONResponse(answer)

    async def change_limits(self, request: Request) -> Response:
        """The limits of both dialects and how often they were exceeded; a POST sets those that it names."""
        self._limits.change(await read_object(request, SETTABLE))
        return JSONResponse(self._limits.render())

    def _read_transfers(self, content: dict[str, Any]) -> dict[str, Decimal]:
        """What comes in, less what goes out, by asset."""
        assets = self._exchange.market.assets()
        moved = read_balances(content.get("deposit") or {}, assets)
        for asset, amount in read_balances(content.get("withdraw") or {}, assets).items():
            moved[asset] = moved.get(asset, Decimal(0)) - amount
        return moved

    def _read_instrument(self, content: dict[str, Any]) -> Instrument:
        try:
            return self._exchange.market.instrument(read_text(content, "symbol"))
        except UnknownSymbolError:
            raise InvalidFieldError("symbol", "is not listed") from None

    def _read_ticks(self, content: dict[str, Any], instrument: Instrument) -> int | None:
        if "price" not in content:
            raise InvalidFieldError("price", "is required; null releases")
        if content["price"] is None:
            return None
        price = read_amount(content["price"], "price", _HIGHEST_PRICE)
        if price < instrument.tick_size:
            raise InvalidFieldError("price", f"must be at least {instrument.tick_size}")
        return instrument.to_ticks(price)

    def _read_account(self, api_key: str) -> Account:
        account = self._exchange.store.find_account(api_key) if len(api_key) == _KEY_LENGTH else None
        if account is None:
            raise InvalidFieldError("apiKey", "is not an account's key")
        return account


def _render_record(record: Order | Fill) -> dict[str, Any]:
    values = ((field.name, getattr(record, field.name)) for field in fields(record))
    return {name: _render_value(value) for name, value in values if name != "account_id"}


def _render_value(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.value if isinstance(value, Enum) else value
