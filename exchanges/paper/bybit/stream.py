"""The public spot stream `/v5/public/spot`: `tickers.`, `orderbook.1.` and `kline.` topics, each in whole snapshots."""

from typing import Any
from uuid import uuid4

from ..intervals import INTERVALS
from ..market import Market, UnknownSymbolError
from ..streams.endpoint import Follower, Json, names_in
from ..streams.topics import Kind, News, Topic
from .market_routes import INTERVAL_NAMES
from .rendering import amount, render_candle

MOST_ARGUMENTS = 10


class BybitStream:
    path = "/v5/public/spot"
    tells_at_once = True

    def __init__(self, market: Market) -> None:
        self._market = market
        self._connection = str(uuid4())

    def start(self, follower: Follower, query: str) -> None:
        """Nothing is followed until it is asked for."""

    def answer(self, follower: Follower, request: Json) -> Json | None:
        operation, names = request.get("op"), names_in(request, "args")
        if operation == "ping":
            return self._reply(request, "pong", is_success=True)
        if operation not in ("subscribe", "unsubscribe"):
            return self._reply(request, "Invalid op", is_success=False)
        if len(names) > MOST_ARGUMENTS:
            return self._reply(request, f"args size >{MOST_ARGUMENTS}", is_success=False)
        topics = [self._find(name) for name in names]
        if unknown := [name for name, topic in zip(names, topics, strict=True) if topic is None]:
            return self._reply(request, f"error:handler not found,topic:{unknown[0]}", is_success=False)
        for topic in topics:
            if topic is not None and operation == "subscribe":
                follower.topics[topic.name] = topic
            elif topic is not None:
                follower.topics.pop(topic.name, None)
        return self._reply(request, operation, is_success=True)

    def render(self, news: News) -> Json:
        data: Any = _RENDERERS[news.topic.kind](news)
        told = {"topic": news.topic.name, "ts": news.now_ms, "type": "snapshot", "data": data}
        return told | ({"cts": news.now_ms} if news.topic.kind is Kind.BOOK else {})

    def _reply(self, request: Json, message: str, *, is_success: bool) -> Json:
        number = {"req_id": request["req_id"]} if "req_id" in request else {}
        return {
            "success": is_success,
            "ret_msg": message,
            "conn_id": self._connection,
            **number,
            "op": request.get("op", ""),
        }

    def _find(self, name: str) -> Topic | None:
        kind, *middle, symbol = name.split(".")
        try:
            instrument = self._market.instrument(symbol)
        except UnknownSymbolError:
            return None
        if (kind, middle) == ("tickers", []):
            return Topic(name, Kind.TRADE, instrument)
        if (kind, middle) == ("orderbook", ["1"]):
            return Topic(name, Kind.BOOK, instrument)
        if kind != "kline" or len(middle) != 1 or middle[0] not in INTERVAL_NAMES:
            return None
        return Topic(name, Kind.CANDLE, instrument, INTERVALS[INTERVAL_NAMES[middle[0]]])


def _render_ticker(news: News) -> Json:
    """The stream of spot has neither a bid nor an ask. The 24 h fields are the REST ticker's to tell."""
    return {"symbol": news.topic.instrument.symbol, "lastPrice": _price(news, news.book.ticks)}


def _render_book(news: News) -> Json:
    bids, asks = news.book.top(1)
    instrument = news.topic.instrument
    levels = [
        [[_price(news, level.ticks), amount(instrument.quantity(level.lots))] for level in side]
        for side in (bids, asks)
    ]
    return {"s": instrument.symbol, "b": levels[0], "a": levels[1], "u": news.now_ms, "seq": news.now_ms}


def _render_kline(news: News) -> list[Json]:
    interval, candle = news.topic.interval, news.candle
    if interval is None or candle is None:
        raise LookupError("news of a candle without one")
    _, *values = render_candle(news.topic.instrument, candle)
    names = ("open", "high", "low", "close", "volume", "turnover")
    return [
        {
            "start": candle.open_time,
            "end": candle.close_time,
            "interval": news.topic.name.split(".")[1],
            **dict(zip(names, values, strict=True)),
            "confirm": news.closed,
            "timestamp": news.now_ms,
        }
    ]


def _price(news: News, ticks: int) -> str:
    return amount(news.topic.instrument.price(ticks))


_RENDERERS: dict[Kind, Any] = {
    Kind.TRADE: _render_ticker,
    Kind.BOOK: _render_book,
    Kind.CANDLE: _render_kline,
}
