"""What a connection may follow, whatever its dialect calls it."""

from dataclasses import dataclass
from enum import IntEnum

from ..bars import Candle
from ..book import Book
from ..instruments import Instrument
from ..intervals import Interval


class Kind(IntEnum):
    """In the order in which they are pushed: a book moves before somebody trades on it."""

    BOOK = 0
    TRADE = 1
    CANDLE = 2


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to follow. `interval` is a candle's; `depth` how many levels of each side of a book."""

    name: str
    kind: Kind
    instrument: Instrument
    interval: Interval | None = None
    depth: int = 1


@dataclass(frozen=True, slots=True)
class News:
    """What there is to say about a topic at `now_ms`; the candle is a candle topic's, `closed` if it is final."""

    topic: Topic
    book: Book
    now_ms: int
    candle: Candle | None = None
    closed: bool = False
