"""What was seen of a venue at one instant, and which bots were looked at by it. Plain values."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from saas.clock import EPOCH, from_microseconds


class Need(NamedTuple):
    """The candles that some strategy averages: the last `window` closed ones of a symbol's timeframe."""

    symbol: str
    timeframe: str
    window: int


class Average(NamedTuple):
    """The mean of a need's closes, None while there are too few; `candles` is how many are closed."""

    value: Decimal | None
    candles: int


class OneLook(NamedTuple):
    """One look at one bot: the moment that it was due at and when it was taken, in microseconds since 1970."""

    bot_id: int
    due_at: int
    at: int


@dataclass(frozen=True, slots=True)
class Looks:
    """Looks at single bots. They may be hundreds of thousands, so that they are kept as numbers."""

    bot_ids: "array[int]"
    due_at: "array[int]"
    at: "array[int]"

    @classmethod
    def of(cls, looks: Iterable[OneLook]) -> "Looks":
        columns = tuple(zip(*looks, strict=True)) or ((), (), ())
        return cls(*(array("q", column) for column in columns))

    def at_bot(self, bot_id: int) -> Iterator[tuple[datetime, datetime]]:
        """Of each look at it, when it was due and when it was taken."""
        place = -1
        for _ in range(self.bot_ids.count(bot_id)):
            place = self.bot_ids.index(bot_id, place + 1)
            yield from_microseconds(self.due_at[place]), from_microseconds(self.at[place])


@dataclass(frozen=True, slots=True)
class Tick:
    """What was seen of a venue, and for whom.

    Without `looks` it is a dispatcher's look at all that was due in (since, at]. With `looks` it is a worker's at those
    bots and no others, taken between `since` and `at`.

    Every change of a bot up to `known_until` was known to whoever looked. `taken_at` is when the snapshot's own tick began,
    None without a snapshot. A need that is missing was not looked at; one with too few candles is there.
    """

    since: datetime
    at: datetime
    known_until: datetime
    taken_at: datetime | None
    prices: Mapping[str, Decimal]
    averages: Mapping[Need, Average]
    looks: Looks | None = None


NOTHING = Tick(EPOCH, EPOCH, EPOCH, None, {}, {})
