"""Where a rule would have bought and sold: a walk through past candles with the same strategy that runs bots. Pure.

A candle tells the first price and the last, the highest and the lowest, and not their order. What it leaves open is decided
against the user: the stop before the target, and nothing that might have come before the purchase counts as after it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from bots.averages import Average
from bots.rule import Rule
from bots.sizing import ceil_to_step, floor_to_step
from bots.strategies.base import Action, Levels, Position
from exchanges.domain import Candle
from trades.domain import Reason


@dataclass(frozen=True, slots=True)
class Step:
    """One candle, and the strategy's average when it opened."""

    candle: Candle
    average: Average


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A purchase, and its sale if there was one. Times are those at which the candles opened; prices are before fees."""

    opened_at: datetime
    entry_price: Decimal
    entry_reason: Reason
    closed_at: datetime | None = None
    exit_price: Decimal | None = None
    exit_reason: Reason | None = None


def walk(rule: Rule, steps: Iterable[Step], tick_size: Decimal) -> list[RoundTrip]:
    """The round trips of one symbol, oldest first; the last one may still be open. One decision a side and candle."""
    walker = _Walker(rule, tick_size)
    for step in steps:
        walker.take(step)
    return walker.trips


def looks(steps: Sequence[Step], every: int) -> Iterator[Step]:
    """Of a bot that looks at the prices once in so many candles only: the price at each look, and nothing in between."""
    for step in steps[(len(steps) - 1) % every :: every]:
        price = step.candle.open
        yield replace(step, candle=replace(step.candle, high=price, low=price, close=price))


def first_touch(levels: Levels, candle: Candle, tick_size: Decimal) -> Decimal | None:
    """The price at which something comes of these levels: that at which the candle opened beyond one, or the level's."""
    if levels.are_crossed(candle.open):
        return candle.open
    if levels.below is not None and candle.low <= levels.below:
        return floor_to_step(levels.below, tick_size)
    if levels.above is not None and candle.high >= levels.above:
        return ceil_to_step(levels.above, tick_size)
    return None


class _Walker:
    def __init__(self, rule: Rule, tick_size: Decimal) -> None:
        self.trips: list[RoundTrip] = []
        self._rule = rule
        self._tick_size = tick_size
        self._position: Position | None = None

    def take(self, step: Step) -> None:
        if self._position is None:
            self._look_for_entry(step)
        else:
            self._look_for_exit(step, self._position)

    def _look_for_entry(self, step: Step) -> None:
        candle = step.candle
        levels = self._rule.levels(candle.open, step.average, None)
        price = first_touch(levels, candle, self._tick_size)
        if price is None:
            return
        signal = self._rule.decide(price, step.average, None)
        if signal.action is not Action.BUY or signal.reason is None:
            return
        self.trips.append(RoundTrip(candle.open_time, price, signal.reason))
        position = Position(price, price, candle.open_time)
        self._look_for_exit(replace(step, candle=_rest_after(price, candle)), position)

    def _look_for_exit(self, step: Step, position: Position) -> None:
        candle = step.candle
        position = _seen(position, candle.open)
        levels = self._rule.levels(candle.open, step.average, position)
        price = first_touch(levels, candle, self._tick_size)
        if price is None:
            position = _seen(position, candle.high)
            price = self._find_fall(step, position)
        self._position = position
        if price is not None:
            self._sell(step, price, position)

    def _find_fall(self, step: Step, position: Position) -> Decimal | None:
        """A stop that rose with the candle's highest price was met if the candle closed below: that came after."""
        levels = self._rule.levels(step.candle.close, step.average, position)
        if levels.below is None or step.candle.close > levels.below:
            return None
        return floor_to_step(levels.below, self._tick_size)

    def _sell(self, step: Step, price: Decimal, position: Position) -> None:
        signal = self._rule.decide(price, step.average, position)
        if signal.action is Action.SELL:
            self.trips[-1] = replace(
                self.trips[-1],
                closed_at=step.candle.open_time,
                exit_price=price,
                exit_reason=signal.reason,
            )
            self._position = None


def _seen(position: Position, price: Decimal) -> Position:
    return replace(position, peak_price=max(position.peak_price, price))


def _rest_after(price: Decimal, candle: Candle) -> Candle:
    """The candle from the purchase on. Bought at its first price, all of it is left; else its high may lie before."""
    high = candle.high if price == candle.open else max(price, candle.close)
    return replace(candle, open=price, high=high)
