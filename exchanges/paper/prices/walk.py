"""Simulated prices: a seeded, mean-reverting random walk that is a pure function of (seed, symbol, second).

    log price = log base price + slow level + path

The slow level is a first-order autoregression on whole hours (a sum of the last 240 hashed innovations),
interpolated inside the hour. The path is one of a library of one-hour Ornstein-Uhlenbeck paths, chosen and
mirrored by hash. Nothing is stored and nothing depends on when it is asked, so a restart shows the same
history. A crossed pair (BTCBRL) adds the slow level of its second leg to everything of its first, and so
stays near the product of the two.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

from ..bars import Bar, merge_bars
from ..instruments import Instrument
from .paths import HOUR, PATHS, Path, PathLibrary
from .source import DAY, SimulatedPrices

# 2023-01-01T00:00:00Z: where the simulated market's history begins.
LISTED_AT = 1_672_531_200
_SLOW_PERSISTENCE = 0.985
_SLOW_SIGMA = 0.0035
_WARM_UP_DAYS = 10
_NOTIONAL_PER_SECOND = 2_000.0
_TRADES_PER_SECOND = 3


@dataclass(frozen=True, slots=True)
class _Hour:
    """The formula of one hour: log price of second i = level + slope * i + amplitude * offsets[i]."""

    level: float
    slope: float
    amplitude: float
    path: Path


class _Series:
    """The prices of one pair, hour by hour."""

    def __init__(
        self, instrument: Instrument, legs: tuple[_Series, _Series] | None, seed: int, paths: PathLibrary
    ) -> None:
        self._symbol = instrument.symbol
        self._legs = legs
        self._seed = seed
        self._paths = paths
        self._volatility = instrument.volatility
        self._base_log = log(instrument.base_price)
        self._tick_log = log(instrument.tick_size)
        self._lots_per_second = _NOTIONAL_PER_SECOND / float(instrument.base_price * instrument.lot_size)
        self.hour: Callable[[int], _Hour] = lru_cache(maxsize=128)(self._compute_hour)
        self._innovations: Callable[[int], list[float]] = lru_cache(maxsize=64)(self._draw_innovations)
        self._slow_day: Callable[[int], list[float]] = lru_cache(maxsize=64)(self._compute_slow_day)

    def _compute_hour(self, number: int) -> _Hour:
        level, following = self._level(number), self._level(number + 1)
        amplitude, path = self._choose_path(number)
        return _Hour(level - self._tick_log, (following - level) / HOUR, amplitude, path)

    def volume(self, path: Path, start: int, stop: int) -> int:
        scale = self._lots_per_second
        return int(path.volume[stop] * scale) - int(path.volume[start] * scale)

    def _level(self, hour: int) -> float:
        if self._legs is not None:
            return self._legs[0]._level(hour) + self._legs[1]._level(hour)
        day, index = divmod(hour, 24)
        return self._base_log + self._slow_day(day)[index]

    def _choose_path(self, hour: int) -> tuple[float, Path]:
        if self._legs is not None:
            return self._legs[0]._choose_path(hour)
        day, index = divmod(hour, 24)
        choice = int(self._innovations(day)[24 + index])
        sign = 1.0 if choice % 2 else -1.0
        return sign * self._volatility, self._paths.path(choice // 2)

    def _draw_innovations(self, day: int) -> list[float]:
        """A day's 24 slow shocks followed by its 24 path choices."""
        noise = random.Random(f"{self._seed}:{self._symbol}:{day}")  # noqa: S311 a market, not a secret
        shocks = [noise.gauss(0.0, _SLOW_SIGMA * self._volatility) for _ in range(24)]
        return shocks + [float(noise.randrange(2 * PATHS)) for _ in range(24)]

    def _compute_slow_day(self, day: int) -> list[float]:
        level, levels = 0.0, []
        for earlier in range(day - _WARM_UP_DAYS, day + 1):
            for shock in self._innovations(earlier)[:24]:
                level = level * _SLOW_PERSISTENCE + shock
                levels.append(level)
        return levels[-24:]


class WalkPrices(SimulatedPrices):
    """The random walk as a price source, with bounded caches of whole hours and days."""

    kind = "walk"

    def __init__(self, instruments: dict[str, Instrument], seed: int) -> None:
        self._series: dict[str, _Series] = {}
        paths = PathLibrary(seed)
        for instrument in sorted(instruments.values(), key=lambda one: one.legs is not None):
            legs = (
                (self._series[instrument.legs[0]], self._series[instrument.legs[1]])
                if instrument.legs
                else None
            )
            self._series[instrument.symbol] = _Series(instrument, legs, seed, paths)
        self._prices: Callable[[str, int], array[int]] = lru_cache(maxsize=384)(self._compute_prices)
        self._minutes: Callable[[str, int], list[Bar]] = lru_cache(maxsize=384)(self._compute_minutes)
        self._hour_bar: Callable[[str, int], Bar] = lru_cache(maxsize=16_384)(self._compute_hour_bar)
        self._day_bar: Callable[[str, int], Bar] = lru_cache(maxsize=16_384)(self._compute_day_bar)

    @property
    def message(self) -> str:
        return "simulated prices: a seeded random walk"

    def first_second(self, instrument: Instrument) -> int:
        del instrument
        return LISTED_AT

    def ticks(self, instrument: Instrument, second: int) -> int:
        hour, index = divmod(second, HOUR)
        return self._prices(instrument.symbol, hour)[index]

    def bar(self, instrument: Instrument, start: int, stop: int) -> Bar:
        pieces, symbol, at = [], instrument.symbol, start
        while at < stop:
            if at % DAY == 0 and stop - at >= DAY:
                pieces.append(self._day_bar(symbol, at // DAY))
                at += DAY
            elif at % HOUR == 0 and stop - at >= HOUR:
                pieces.append(self._hour_bar(symbol, at // HOUR))
                at += HOUR
            else:
                end = min(stop, at - at % HOUR + HOUR)
                pieces.append(self._part_of_hour(symbol, at, end))
                at = end
        return merge_bars(pieces)

    def _part_of_hour(self, symbol: str, start: int, stop: int) -> Bar:
        hour, first = divmod(start, HOUR)
        last = first + stop - start
        if first % 60 == 0 and last - first >= 60:
            whole = last - last % 60
            minutes = self._minutes(symbol, hour)[first // 60 : whole // 60]
            return merge_bars([*minutes, self._slice(symbol, hour, whole, last)] if whole < last else minutes)
        return self._slice(symbol, hour, first, last)

    def _slice(self, symbol: str, hour: int, first: int, last: int) -> Bar:
        prices = self._prices(symbol, hour)[first:last]
        series = self._series[symbol]
        volume = series.volume(series.hour(hour).path, first, last)
        return Bar(prices[0], max(prices), min(prices), prices[-1], volume, _TRADES_PER_SECOND * len(prices))

    def _compute_prices(self, symbol: str, hour: int) -> array[int]:
        shape = self._series[symbol].hour(hour)
        return array("q", (_price_at(shape, second) for second in range(HOUR)))

    def _compute_minutes(self, symbol: str, hour: int) -> list[Bar]:
        return [self._slice(symbol, hour, first, first + 60) for first in range(0, HOUR, 60)]

    def _compute_hour_bar(self, symbol: str, hour: int) -> Bar:
        series = self._series[symbol]
        shape = series.hour(hour)
        rising = shape.amplitude > 0
        highest, lowest = (
            (shape.path.upper, shape.path.lower) if rising else (shape.path.lower, shape.path.upper)
        )
        return Bar(
            _price_at(shape, 0),
            max(_price_at(shape, second) for second in highest),
            min(_price_at(shape, second) for second in lowest),
            _price_at(shape, HOUR - 1),
            series.volume(shape.path, 0, HOUR),
            _TRADES_PER_SECOND * HOUR,
        )

    def _compute_day_bar(self, symbol: str, day: int) -> Bar:
        return merge_bars(self._hour_bar(symbol, hour) for hour in range(day * 24, day * 24 + 24))


def _price_at(shape: _Hour, second: int) -> int:
    logarithm = shape.level + shape.slope * second + shape.amplitude * shape.path.offsets[second]
    return max(1, round(exp(logarithm)))
