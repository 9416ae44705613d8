"""Binance's combined market streams: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams.

The last price comes with each trade (`@aggTrade`), because the tickers come once a second only. Bid and ask are the
best of five levels every 100 ms (`@depth5@100ms`): the real-time `@bookTicker` has no bound, and nothing here acts
within a tenth of a second.
"""

import json
import re
from collections.abc import Sequence
from urllib.parse import urlencode

from exchanges.dialects.base import exchange_symbol
from exchanges.dialects.binance_parsing import read_candle
from exchanges.dialects.reading import exact, moment, read_json
from exchanges.dialects.streams import Operation, Reply, Told, best_of

TOPIC = re.compile(r'"stream"\s*:\s*"([^"]+)"')
FINAL = re.compile(r'"x"\s*:\s*true')
HEAD = 120


class BinanceStreams:
    api: Sequence[str] = ("spot",)
    path = "/stream"
    most_topics = 1_024
    topics_per_request = 200

    def price_topics(self, symbol: str) -> list[str]:
        name = exchange_symbol(symbol).lower()
        return [f"{name}@depth5@100ms", f"{name}@aggTrade"]

    def candle_topic(self, symbol: str, timeframe: str) -> str:
        return f"{exchange_symbol(symbol).lower()}@kline_{timeframe}"

    def query(self, topics: Sequence[str]) -> str:
        """The first is in the URL, which makes the connection a combined one; the others are asked for."""
        return "?" + urlencode({"streams": topics[0]}, safe="@")

    def request(self, operation: Operation, topics: Sequence[str], number: int) -> str:
        return json.dumps({"method": operation.upper(), "params": list(topics), "id": number})

    def topic_of(self, text: str) -> str | None:
        found = TOPIC.search(text, 0, HEAD)
        return found[1] if found else None

    def is_candle(self, topic: str) -> bool:
        return "@kline_" in topic

    def is_final(self, text: str) -> bool:
        return FINAL.search(text) is not None

    def read(self, topic: str, text: str) -> Told:
        data = read_json(text)["data"]
        if topic.endswith("@aggTrade"):
            return Told(time=moment(data["E"]), last=exact(data["p"]))
        if "@depth" in topic:
            return Told(best=(best_of(data["bids"]), best_of(data["asks"])))
        k = data["k"]
        candle = read_candle([k[name] for name in "tohlcv"])
        return Told(time=moment(data["E"]), candle=candle if k["x"] is True else None)

    def read_reply(self, text: str) -> Reply | None:
        answer = read_json(text)
        if not isinstance(answer.get("id"), int):
            return None
        return Reply(answer["id"], "error" not in answer and "code" not in answer)
