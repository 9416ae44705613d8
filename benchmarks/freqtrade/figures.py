"""What is found on either side, and what is compared. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from benchmarks.figures import Summary, summarize

MINUTE = 60.0


@dataclass(frozen=True)
class Findings:
    """One row: a freqtrade variant, or Cardume with one way of dispatch. Repetitions are lists.

    `bytes_per_bot` and `cpu_per_bot` (seconds a minute) are of a further bot; `startups` and `latencies` in seconds, until
    a bot's first look and from a fall of the price to the order, of `starts` and `falls` that were waited for; requests a
    minute, of all bots and of each.
    """

    name: str
    label: str
    bytes_per_bot: Sequence[float]
    cpu_per_bot: Sequence[float]
    startups: Sequence[float]
    starts: int
    requests: float
    requests_per_bot: float
    latencies: Sequence[float]
    falls: int
    notes: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def per_minute(amount: float, seconds: float) -> float:
    return amount * MINUTE / seconds


def steps(totals: Sequence[float]) -> list[float]:
    """What each further one added to the sum of all: of 100, 190, 285 it is 90, 95."""
    return [after - before for before, after in pairwise(totals)]


def per_further(few: Sequence[float], many: Sequence[float], further: int) -> list[float]:
    """What each of so many further bots adds: sums measured with few bots beside such with `further` more, in turn."""
    return [(more - less) / further for less, more in zip(few, many, strict=True)]


def latencies(falls: Mapping[str, float], orders: Mapping[str, float]) -> list[float]:
    """From each pair's fall to the first order for it, in seconds; a pair without an order has none."""
    return [orders[pair] - fell for pair, fell in falls.items() if pair in orders]


def ratio(whole: Sequence[float], part: Sequence[float]) -> Summary | float | None:
    """How often the part goes into the whole: of the medians, and the least and most that the extremes of both allow.

    Without a spread where a part is so small that some of its measurements are not above zero; None where its median is not.
    """
    large, small = summarize(whole), summarize(part)
    if large is None or small is None or small.median <= 0:
        return None
    if small.low <= 0:
        return large.median / small.median
    return Summary(large.median / small.median, large.low / small.high, large.high / small.low)
