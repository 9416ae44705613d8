"""Public endpoints: the time, the exchange's rules and market data."""

from ..intervals import INTERVALS, Interval
from . import errors
from .endpoint import Call, Endpoint, Json
from .rendering import render_candle, render_instrument, render_ticker

# There are no candles of a second here, and none of a month.
INTERVAL_NAMES = {
    "1": "1m",
    "3": "3m",
    "5": "5m",
    "15": "15m",
    "30": "30m",
    "60": "1h",
    "120": "2h",
    "240": "4h",
    "360": "6h",
    "720": "12h",
    "D": "1d",
    "W": "1w",
}


async def server_time(call: Call) -> Json:
    now = call.exchange.wall_ms()
    return {"timeSecond": str(now // 1_000), "timeNano": str(now * 1_000_000)}


async def instruments_info(call: Call) -> Json:
    """All of them in one answer: spot has no pages. An unknown symbol is an empty list."""
    call.parameters.require_spot()
    symbol = call.parameters.symbol()
    listed = [one for one in call.exchange.market.instruments() if symbol in (None, one.symbol)]
    return {"category": "spot", "list": [render_instrument(one) for one in listed]}


async def tickers(call: Call) -> Json:
    call.parameters.require_spot()
    market, symbol = call.exchange.market, call.parameters.symbol()
    chosen = market.instruments() if symbol is None else [market.instrument(symbol)]
    rows = [render_ticker(market.book(one), await market.day_bar(one)) for one in chosen]
    return {"category": "spot", "list": rows}


async def kline(call: Call) -> Json:
    """Newest first, the candle in progress included."""
    parameters, market = call.parameters, call.exchange.market
    parameters.require_spot()
    instrument = market.instrument(parameters.symbol() or "")
    interval = _read_interval(call)
    limit = parameters.limit(default=200, largest=1000)
    start, end = _read_range(call, interval)
    oldest = start if end is None else None
    candles = await market.candles(instrument, interval, oldest, end, limit)
    rows = [render_candle(instrument, one) for one in reversed(candles) if one.open_time >= (start or 0)]
    return {"category": "spot", "symbol": instrument.symbol, "list": rows}


def _read_interval(call: Call) -> Interval:
    name = INTERVAL_NAMES.get(call.parameters.required("interval"))
    if name is None:
        raise errors.invalid_period()
    return INTERVALS[name]


def _read_range(call: Call, interval: Interval) -> tuple[int | None, int | None]:
    """From the candle that contains `start` on, or up to `end`; of both, the newest."""
    start, end = call.parameters.integer("start"), call.parameters.integer("end")
    if start is not None and end is not None and start > end:
        raise errors.invalid_parameter("start is later than end")
    return None if start is None else interval.open_at(start // 1000) * 1000, end


def known_symbol(call: Call) -> str | None:
    """The pair a request names, if it names one. Raises UnknownSymbolError."""
    symbol = call.parameters.symbol()
    return None if symbol is None else call.exchange.market.instrument(symbol).symbol


MARKET_ENDPOINTS = (
    Endpoint("GET", "/v5/market/time", server_time, tells_time=True),
    Endpoint("GET", "/v5/market/instruments-info", instruments_info),
    Endpoint("GET", "/v5/market/tickers", tickers),
    Endpoint("GET", "/v5/market/kline", kline),
)
