"""What a venue's price stream says, and what a dialect must know to follow it. No I/O.

A stream is one websocket connection on which topics are followed: the last price, the best bid and ask, and candles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from exchanges.dialects.reading import exact
from exchanges.domain import Candle

Operation = Literal["subscribe", "unsubscribe"]


@dataclass(frozen=True, slots=True)
class Told:
    """What one message tells of its topic. `time` is the exchange's, where it tells it; a candle has closed."""

    time: datetime | None = None
    last: Decimal | None = None
    best: tuple[Decimal, Decimal] | None = None
    candle: Candle | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request of ours; `number` is the one we gave it."""

    number: int
    accepted: bool


class StreamDialect(Protocol):
    """One exchange's stream. Reading methods raise ValueError, KeyError or TypeError on nonsense.

    `api` is the way to the stream's URL in ccxt's table, below `ws`; `path` what follows the host instead of ccxt's own.
    `most_topics` fit on a connection.
    """

    api: Sequence[str]
    path: str
    most_topics: int
    topics_per_request: int

    def price_topics(self, symbol: str) -> list[str]:
        """What to follow to know a symbol's last price, bid and ask."""

    def candle_topic(self, symbol: str, timeframe: str) -> str: ...
    def query(self, topics: Sequence[str]) -> str:
        """What a URL needs behind `path` for a connection that will follow these."""

    def request(self, operation: Operation, topics: Sequence[str], number: int) -> str:
        """The message that follows these topics, at most `topics_per_request`, or leaves them."""

    def topic_of(self, text: str) -> str | None:
        """The topic that a message is about, without reading all of it; None for an answer."""

    def is_candle(self, topic: str) -> bool: ...
    def is_final(self, text: str) -> bool:
        """Whether a message of a candle is the last one about it."""

    def read(self, topic: str, text: str) -> Told: ...
    def read_reply(self, text: str) -> Reply | None:
        """None for what answers no request that has a number."""


def best_of(levels: Sequence[Sequence[str]]) -> Decimal:
    """The first price of a side of the book; a side that is empty has none."""
    return exact(levels[0][0]) if levels else exact(0)
