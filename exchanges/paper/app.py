"""The application: store, market, exchange, dialects and own endpoints put together."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Lifespan

from .binance.dialect import build_binance_routes
from .binance.stream import BinanceStream
from .bybit.dialect import build_bybit_routes
from .bybit.stream import BybitStream
from .catalogue import list_instruments
from .clock import ManualClock, WallClock, wall_ms
from .config import Config
from .control import CLOCK_SETTING, Control
from .exchange import Exchange
from .faults.layer import FaultLayer
from .limits import enforced
from .market import Market
from .own_routes import build_own_routes
from .placings import PlacingLog
from .prices.select import build_source, restore_pins
from .prices.source import PricesUnavailableError
from .store import Store
from .streams.control import StreamControl
from .streams.endpoint import build_stream_route
from .streams.feed import Feed
from .traffic import RequestCounter

logger = logging.getLogger(__name__)
# How often resting orders meet the market when nobody asks for anything.
_SETTLE_SECONDS = 0.5


def build_app(config: Config) -> ASGIApp:
    """The whole exchange as one ASGI application. Raises OSError, sqlite3.Error or UnknownPricesError."""
    instruments = list_instruments()
    store = Store(config.data)
    clock = _restore_clock(store) if config.manual_clock else WallClock()
    source = build_source(config, instruments, store, clock)
    restore_pins(source, instruments, store.list_pins())
    exchange = Exchange(store, Market(instruments, source, clock))
    counter = RequestCounter()
    feed = Feed(exchange.market)
    routes: list[Route | WebSocketRoute] = [*build_own_routes(exchange, faults_enabled=config.faults)]
    limits = enforced(config.weight_limit)
    routes += build_binance_routes(exchange, limits)
    routes += build_bybit_routes(exchange, limits)
    routes += [build_stream_route(feed, one(exchange.market)) for one in (BinanceStream, BybitStream)]
    faults = FaultLayer(exchange, config.seed)
    placings = PlacingLog(exchange)
    if config.faults:
        manual = clock if isinstance(clock, ManualClock) else None
        control = Control(exchange, manual, counter, placings, limits, feed.poke)
        routes += control.routes() + StreamControl(feed).routes() + faults.routes()
    counter.paths = frozenset(route.path for route in routes)
    handlers = {HTTPException: _render_http_error, ClientDisconnect: _answer_nobody}
    app = Starlette(routes=routes, lifespan=_lifespan(exchange), exception_handlers=handlers)
    return counter.wrap(placings.wrap(faults.wrap(app)) if config.faults else app)


def _restore_clock(store: Store) -> ManualClock:
    """Market time where the last run left it, else now."""
    saved = store.get_setting(CLOCK_SETTING)
    start_ms = int(saved) if saved else wall_ms()
    with store.transaction():
        store.set_setting(CLOCK_SETTING, str(start_ms))
    return ManualClock(start_ms)


def _lifespan(exchange: Exchange) -> Lifespan[Starlette]:
    @asynccontextmanager
    async def run(app: Starlette) -> AsyncIterator[None]:
        del app
        await exchange.market.source.start()
        tasks = [
            asyncio.create_task(_settle_forever(exchange)),
            asyncio.create_task(_warm_up(exchange.market)),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await exchange.market.source.stop()
            exchange.store.close()

    return run


async def _warm_up(market: Market) -> None:
    """Compute a day of simulated prices pair by pair, so that the first to ask for all of it does not wait."""
    if market.source.simulated:
        for instrument in market.instruments():
            with suppress(PricesUnavailableError):
                await market.day_bar(instrument)
            await asyncio.sleep(0)


async def _settle_forever(exchange: Exchange) -> None:
    while True:
        await asyncio.sleep(_SETTLE_SECONDS)
        try:
            exchange.settle()
        except sqlite3.Error:
            logger.exception("open orders could not be settled; trying again")


async def _answer_nobody(request: Request, error: Exception) -> Response:
    """Whoever asked hung up within the request: there is nobody to tell, and nothing went wrong here."""
    del request, error
    return Response(status_code=400)


async def _render_http_error(request: Request, error: Exception) -> Response:
    del request
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "error"
    return JSONResponse({"code": -status, "msg": detail}, status)
