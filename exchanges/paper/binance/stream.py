"""Combined streams: `/stream?streams=a/b`, followed or left by SUBSCRIBE and UNSUBSCRIBE while connected.

Trades (`@aggTrade`), the nearest levels (`@depth5@100ms`) and candles (`@kline_1m`). As at Binance, a stream that does
not exist is accepted and never says anything.
"""

from typing import Any
from urllib.parse import parse_qs

from ..bars import Candle
from ..intervals import INTERVALS
from ..market import Market, UnknownSymbolError
from ..streams.endpoint import Follower, Json, names_in
from ..streams.topics import Kind, News, Topic
from .rendering import price_text, quantity_text, render_candle, render_depth

MOST_STREAMS = 1_024
_DEPTHS = {"depth5": 5, "depth10": 10, "depth20": 20}


class BinanceStream:
    path = "/stream"
    tells_at_once = False

    def __init__(self, market: Market) -> None:
        self._market = market

    def start(self, follower: Follower, query: str) -> None:
        for names in parse_qs(query).get("streams", []):
            self._follow(follower, names.split("/"))

    def answer(self, follower: Follower, request: Json) -> Json | None:
        method, names, number = request.get("method"), names_in(request, "params"), request.get("id")
        if method == "LIST_SUBSCRIPTIONS":
            return {"result": list(follower.topics), "id": number}
        if method == "SUBSCRIBE" and len(follower.topics) + len(names) <= MOST_STREAMS:
            self._follow(follower, names)
        elif method == "UNSUBSCRIBE":
            for name in names:
                follower.topics.pop(name, None)
        else:
            return {"error": {"code": 2, "msg": "Invalid request"}, "id": number}
        return {"result": None, "id": number}

    def render(self, news: News) -> Json:
        return {"stream": news.topic.name, "data": _RENDERERS[news.topic.kind](news)}

    def _follow(self, follower: Follower, names: list[str]) -> None:
        found = (self._find(name) for name in names)
        follower.topics.update({topic.name: topic for topic in found if topic is not None})

    def _find(self, name: str) -> Topic | None:
        symbol, _, wanted = name.partition("@")
        try:
            instrument = self._market.instrument(symbol.upper())
        except UnknownSymbolError:
            return None
        wanted, _, _ = wanted.partition("@")
        if wanted == "aggTrade":
            return Topic(name, Kind.TRADE, instrument)
        if wanted in _DEPTHS:
            return Topic(name, Kind.BOOK, instrument, depth=_DEPTHS[wanted])
        interval = INTERVALS.get(wanted.removeprefix("kline_"))
        return None if interval is None else Topic(name, Kind.CANDLE, instrument, interval)


def _render_trade(news: News) -> Json:
    """One trade per second at its price, as in /api/v3/aggTrades."""
    instrument, second = news.topic.instrument, news.now_ms // 1_000
    lots = news.book.top(1)[0][0].lots
    return {
        "e": "aggTrade",
        "E": news.now_ms,
        "s": instrument.symbol,
        "a": second,
        "p": price_text(instrument, news.book.ticks),
        "q": quantity_text(instrument, lots),
        "f": second,
        "l": second,
        "T": news.now_ms,
        "m": second % 2 == 0,
        "M": True,
    }


def _render_book(news: News) -> Json:
    return render_depth(news.book, news.topic.depth)


def _render_kline(news: News) -> Json:
    instrument, interval, candle = news.topic.instrument, news.topic.interval, news.candle
    if interval is None or candle is None:
        raise LookupError("news of a candle without one")
    k = {"s": instrument.symbol, "i": interval.name, **_candle_fields(render_candle(instrument, candle))}
    k |= _trade_ids(candle) | {"x": news.closed}
    return {"e": "kline", "E": news.now_ms, "s": instrument.symbol, "k": k}


def _candle_fields(row: list[Any]) -> Json:
    """The row of /api/v3/klines under the letters of its stream."""
    return dict(zip("tohlcvTqnVQB", row, strict=True))


def _trade_ids(candle: Candle) -> Json:
    return {"f": candle.open_time // 1_000, "L": candle.close_time // 1_000}


_RENDERERS = {Kind.TRADE: _render_trade, Kind.BOOK: _render_book, Kind.CANDLE: _render_kline}
