"""A seeded library of one-hour price paths, the fast part of the random walk.

Each path is an Ornstein-Uhlenbeck process (log price, one value per second) pinned to zero at both ends of
the hour, so that any sequence of paths joins without a jump. Because the library is finite, the points where
a path can reach an extreme under any added slope (its convex hulls) are found once, and the high and low of
an hour cost a few dozen evaluations instead of 3,600.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

HOUR = 3600
PATHS = 128
# Per-second volatility and the seconds over which a deviation decays: a standard deviation of about 0.4
# percent around the slow level, enough that dips of 0.1 % and swings of 0.5 % come every few minutes.
_SIGMA = 0.00025
_REVERSION_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Path:
    """Log-price offsets per second, cumulative relative volume (3,601 values), and the hulls' seconds."""

    offsets: array[float]
    volume: array[float]
    upper: tuple[int, ...]
    lower: tuple[int, ...]


class PathLibrary:
    """Paths by number, made when first used."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.path: Callable[[int], Path] = lru_cache(maxsize=PATHS)(self._make)

    def _make(self, number: int) -> Path:
        noise = random.Random(f"{self._seed}:path:{number}")  # noqa: S311 a market, not a secret
        offsets = _bridge([noise.gauss(0.0, _SIGMA) for _ in range(HOUR)])
        volume = array("d", accumulate((noise.expovariate(1.0) for _ in range(HOUR)), initial=0.0))
        upper = _upper_hull(offsets)
        lower = _upper_hull(array("d", (-offset for offset in offsets)))
        return Path(offsets, volume, upper, lower)


def _bridge(shocks: list[float]) -> array[float]:
    keep = 1.0 - 1.0 / _REVERSION_SECONDS
    raw = list(accumulate(shocks, lambda level, shock: level * keep + shock, initial=0.0))
    drift = raw[-1] / len(shocks)
    return array("d", (level - drift * second for second, level in enumerate(raw[:-1])))


def _upper_hull(values: array[float]) -> tuple[int, ...]:
    hull: list[int] = []
    for x, y in enumerate(values):
        while len(hull) > 1 and _is_below(values, hull[-2], hull[-1], x, y):
            hull.pop()
        hull.append(x)
    return tuple(hull)


def _is_below(values: array[float], left: int, middle: int, x: int, y: float) -> bool:
    rise, run = values[middle] - values[left], middle - left
    return rise * (x - left) <= (y - values[left]) * run
