"""Bybit's public spot stream: https://bybit-exchange.github.io/docs/v5/ws/connect.

The last price is the tickers' (every 50 ms); those of spot have no bid and ask, which are the first level's
(`orderbook.1`, every 10 ms, always a whole snapshot).
"""

import json
import re
from collections.abc import Mapping, Sequence

from exchanges.dialects.base import exchange_symbol
from exchanges.dialects.bybit_parsing import read_candle
from exchanges.dialects.reading import exact, moment, read_json
from exchanges.dialects.streams import Operation, Reply, Told, best_of

TOPIC = re.compile(r'"topic"\s*:\s*"([^"]+)"')
FINAL = re.compile(r'"confirm"\s*:\s*true')
HEAD = 120
# ccxt numbers its pings by itself.
OURS = "follow-"


class BybitStreams:
    api: Sequence[str] = ("public", "spot")
    path = "/v5/public/spot"
    most_topics = 500
    topics_per_request = 10

    def __init__(self, timeframes: Mapping[str, str]) -> None:
        self._timeframes = timeframes

    def price_topics(self, symbol: str) -> list[str]:
        name = exchange_symbol(symbol)
        return [f"orderbook.1.{name}", f"tickers.{name}"]

    def candle_topic(self, symbol: str, timeframe: str) -> str:
        return f"kline.{self._timeframes[timeframe]}.{exchange_symbol(symbol)}"

    def query(self, topics: Sequence[str]) -> str:  # noqa: ARG002 -- everything is asked for
        return ""

    def request(self, operation: Operation, topics: Sequence[str], number: int) -> str:
        return json.dumps({"op": operation, "args": list(topics), "req_id": f"{OURS}{number}"})

    def topic_of(self, text: str) -> str | None:
        found = TOPIC.search(text, 0, HEAD)
        return found[1] if found else None

    def is_candle(self, topic: str) -> bool:
        return topic.startswith("kline.")

    def is_final(self, text: str) -> bool:
        return FINAL.search(text) is not None

    def read(self, topic: str, text: str) -> Told:
        message = read_json(text)
        if message["type"] != "snapshot":
            raise ValueError("only whole snapshots can be read")
        time, data = moment(message["ts"]), message["data"]
        if topic.startswith("tickers."):
            return Told(time, last=exact(data["lastPrice"]))
        if topic.startswith("orderbook."):
            return Told(time, best=(best_of(data["b"]), best_of(data["a"])))
        closed = [row for row in data if row["confirm"] is True]
        names = ("start", "open", "high", "low", "close", "volume")
        return Told(time, candle=read_candle([closed[-1][name] for name in names]) if closed else None)

    def read_reply(self, text: str) -> Reply | None:
        answer = read_json(text)
        name = str(answer.get("req_id", ""))
        if not name.startswith(OURS):
            return None
        return Reply(int(name.removeprefix(OURS)), answer.get("success") is not False)
