"""Public endpoints: the exchange's rules and market data."""

from typing import Any

from ..book import Book
from ..instruments import Instrument
from ..intervals import INTERVALS
from ..limits import Limits
from . import errors
from .endpoint import Call, Endpoint
from .parameters import Parameters
from .rendering import (
    Json,
    amount,
    price_text,
    quantity_text,
    render_best,
    render_candle,
    render_day,
    render_depth,
    render_instrument,
    render_price,
)

_DAY_MS = 86_400_000
# What is told where nobody is refused.
_NO_LIMIT = 10_000_000
_DEPTH_WEIGHTS = ((100, 5), (500, 25), (1000, 50), (5000, 250))
_AVERAGE_MINUTES = 5


async def ping(call: Call) -> Json:
    del call
    return {}


async def server_time(call: Call) -> Json:
    return {"serverTime": call.exchange.wall_ms()}


def rules_endpoint(limits: Limits) -> Endpoint:
    async def exchange_info(call: Call) -> Json:
        return _render_rules(call, limits.binance_weight or _NO_LIMIT)

    return Endpoint("GET", "/api/v3/exchangeInfo", exchange_info, 20)


def _render_rules(call: Call, weight: int) -> Json:
    call.parameters.allow_only(
        frozenset({"symbol", "symbols", "permissions", "showPermissionSets", "symbolStatus"})
    )
    limit = {
        "rateLimitType": "REQUEST_WEIGHT",
        "interval": "MINUTE",
        "intervalNum": 1,
        "limit": weight,
    }
    return {
        "timezone": "UTC",
        "serverTime": call.exchange.wall_ms(),
        "rateLimits": [limit],
        "exchangeFilters": [],
        "symbols": [render_instrument(instrument) for instrument in _selected(call)],
    }


async def klines(call: Call) -> list[list[Any]]:
    parameters, instrument = call.parameters, _instrument(call)
    interval = INTERVALS.get(parameters.required("interval"))
    if interval is None:
        raise errors.invalid_interval()
    start, end = parameters.times()
    limit = parameters.limit(default=500, largest=1000)
    candles = await call.exchange.market.candles(instrument, interval, start, end, limit)
    return [render_candle(instrument, candle) for candle in candles]


async def ticker_price(call: Call) -> Json | list[Json]:
    market = call.exchange.market
    return _one_or_all(call, [render_price(one, market.ticks(one)) for one in _selected(call)])


async def book_ticker(call: Call) -> Json | list[Json]:
    return _one_or_all(call, [render_best(book) for book in _books(call)])


async def ticker_24hr(call: Call) -> Json | list[Json]:
    return _one_or_all(call, [await _day_ticker(call, book) for book in _books(call)])


async def _day_ticker(call: Call, book: Book) -> Json:
    market = call.exchange.market
    bar = await market.day_bar(book.instrument)
    now = market.now_ms()
    return render_day(book, bar, now - _DAY_MS, now, first_id=now // 1000 - _DAY_MS // 1000)


async def depth(call: Call) -> Json:
    instrument = _instrument(call)
    limit = call.parameters.limit(default=100, largest=5000)
    return render_depth(call.exchange.market.book(instrument), limit)


async def average_price(call: Call) -> Json:
    market, instrument = call.exchange.market, _instrument(call)
    candles = await market.candles(instrument, INTERVALS["1m"], None, None, _AVERAGE_MINUTES)
    average = sum(candle.bar.close for candle in candles) // max(1, len(candles))
    return {"mins": _AVERAGE_MINUTES, "price": price_text(instrument, average), "closeTime": market.now_ms()}


async def trades(call: Call) -> list[Json]:
    """One trade per second, at its closing price: the venue keeps no finer record."""
    instrument = _instrument(call)
    limit = call.parameters.limit(default=500, largest=1000)
    candles = await call.exchange.market.candles(instrument, INTERVALS["1s"], None, None, limit)
    return [
        {
            "id": candle.open_time // 1000,
            "price": price_text(instrument, candle.bar.close),
            "qty": quantity_text(instrument, candle.bar.volume),
            "quoteQty": amount(instrument.price(candle.bar.close) * instrument.quantity(candle.bar.volume)),
            "time": candle.open_time,
            "isBuyerMaker": candle.open_time // 1000 % 2 == 0,
            "isBestMatch": True,
        }
        for candle in candles
    ]


async def aggregate_trades(call: Call) -> list[Json]:
    instrument = _instrument(call)
    start, end = call.parameters.times()
    limit = call.parameters.limit(default=500, largest=1000)
    candles = await call.exchange.market.candles(instrument, INTERVALS["1s"], start, end, limit)
    return [
        {
            "a": candle.open_time // 1000,
            "p": price_text(instrument, candle.bar.close),
            "q": quantity_text(instrument, candle.bar.volume),
            "f": candle.open_time // 1000,
            "l": candle.open_time // 1000,
            "T": candle.open_time,
            "m": candle.open_time // 1000 % 2 == 0,
            "M": True,
        }
        for candle in candles
    ]


def _instrument(call: Call) -> Instrument:
    return call.exchange.market.instrument(call.parameters.symbol())


def _selected(call: Call) -> list[Instrument]:
    symbols, market = call.parameters.symbols(), call.exchange.market
    return market.instruments() if symbols is None else [market.instrument(symbol) for symbol in symbols]


def _books(call: Call) -> list[Book]:
    return [call.exchange.market.book(instrument) for instrument in _selected(call)]


def _one_or_all(call: Call, rows: list[Json]) -> Json | list[Json]:
    return rows[0] if call.parameters.has("symbol") else rows


# Weight of the 24 h ticker by how many symbols are named; all of them weigh as much as a hundred and more.
_DAY_WEIGHTS = ((20, 2), (100, 40))
_WHOLE_DAY_WEIGHT = 80


def _weigh_depth(parameters: Parameters) -> int:
    limit = parameters.limit(default=100, largest=5000)
    return next(weight for largest, weight in _DEPTH_WEIGHTS if limit <= largest)


def _weigh_day(parameters: Parameters) -> int:
    symbols = parameters.symbols()
    if symbols is None:
        return _WHOLE_DAY_WEIGHT
    return next((weight for most, weight in _DAY_WEIGHTS if len(symbols) <= most), _WHOLE_DAY_WEIGHT)


def _weigh_ticker(parameters: Parameters) -> int:
    return 2 if parameters.has("symbol") else 4


MARKET_ENDPOINTS = (
    Endpoint("GET", "/api/v3/ping", ping, 1),
    Endpoint("GET", "/api/v3/time", server_time, 1),
    Endpoint("GET", "/api/v3/klines", klines, 2),
    Endpoint("GET", "/api/v3/uiKlines", klines, 2),
    Endpoint("GET", "/api/v3/ticker/price", ticker_price, _weigh_ticker),
    Endpoint("GET", "/api/v3/ticker/bookTicker", book_ticker, _weigh_ticker),
    Endpoint("GET", "/api/v3/ticker/24hr", ticker_24hr, _weigh_day),
    Endpoint("GET", "/api/v3/depth", depth, _weigh_depth),
    Endpoint("GET", "/api/v3/avgPrice", average_price, 2),
    Endpoint("GET", "/api/v3/trades", trades, 25),
    Endpoint("GET", "/api/v3/aggTrades", aggregate_trades, 4),
)
