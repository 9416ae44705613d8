"""Buy below the average: enter when the price is a threshold below the mean of the last closed candles.

Enter when price <= SMA(window closed candles) * (1 - threshold). Leave at a take profit, a stop, a trailing stop or, if
it is on, at the return to the average.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from bots.strategies.base import (
    Action,
    CandleNeed,
    ExitRules,
    Levels,
    MarketView,
    Parameter,
    ParameterType,
    Position,
    Signal,
)
from bots.strategies.exits import exit_levels, find_exit
from trades.domain import Reason

TIMEFRAMES = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d")
HUNDRED = Decimal(100)
SHOWN_PLACES = Decimal("0.0001")


def threshold_percent(parameters: Mapping[str, Any]) -> Decimal:
    return Decimal(str(parameters["threshold_percent"]))


def entry_level(average: Decimal, parameters: Mapping[str, Any]) -> Decimal:
    """The highest price at which it buys."""
    return average * (1 - threshold_percent(parameters) / HUNDRED)


def deviation_percent(price: Decimal, average: Decimal) -> Decimal:
    """How far the price is from the average, in percent of the average; negative below it."""
    return ((price - average) / average * HUNDRED).quantize(SHOWN_PLACES)


class BuyBelowAverage:
    name: ClassVar[str] = "buy_below_average"
    label: ClassVar[Any] = _("Buy below the average")
    help: ClassVar[Any] = _(
        "Buys when the price is a chosen percentage below its moving average, and sells at the exits you set."
    )
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            "timeframe",
            ParameterType.CHOICE,
            "1m",
            _("Candle length"),
            _("The length of the candles whose closing prices are averaged."),
            choices=TIMEFRAMES,
        ),
        Parameter(
            "window",
            ParameterType.INTEGER,
            20,
            _("Candles in the average"),
            _("How many closed candles the average is taken over."),
            minimum=Decimal(2),
            maximum=Decimal(500),
        ),
        Parameter(
            "threshold_percent",
            ParameterType.DECIMAL,
            "1",
            _("Percent below the average"),
            _("Buy when the price is at least this percentage below the average."),
            minimum=Decimal("0.01"),
            maximum=Decimal(50),
        ),
        Parameter(
            "exit_at_average",
            ParameterType.BOOLEAN,
            False,
            _("Sell at the average"),
            _("Also sell when the price is back at the average."),
        ),
    )

    def candles_needed(self, parameters: Mapping[str, Any]) -> CandleNeed:
        return CandleNeed(str(parameters["timeframe"]), int(parameters["window"]))

    def decide(
        self, view: MarketView, position: Position | None, exits: ExitRules, parameters: Mapping[str, Any]
    ) -> Signal:
        if position is None:
            signal = self._decide_entry(view, parameters)
        else:
            signal = self._decide_exit(view, position, exits, parameters)
        if view.average is None:
            return signal
        deviation = deviation_percent(view.price, view.average)
        return replace(signal, average=view.average, deviation_percent=deviation)

    def levels(
        self, view: MarketView, position: Position | None, exits: ExitRules, parameters: Mapping[str, Any]
    ) -> Levels:
        if position is None:
            return Levels(below=None if view.average is None else entry_level(view.average, parameters))
        levels = exit_levels(position, exits)
        if not parameters.get("exit_at_average") or view.average is None:
            return levels
        above = view.average if levels.above is None else min(levels.above, view.average)
        return replace(levels, above=above)

    def _decide_entry(self, view: MarketView, parameters: Mapping[str, Any]) -> Signal:
        if view.average is None:
            details = {"have": str(view.candles), "need": str(parameters["window"])}
            return Signal(Action.WAIT, "too_few_candles", view.price, details=details)
        level = entry_level(view.average, parameters)
        threshold = format(threshold_percent(parameters), "f")
        details = {"level": format(level, "f"), "threshold_percent": threshold}
        if view.price <= level:
            reason = Reason.BELOW_AVERAGE
            return Signal(Action.BUY, reason.value, view.price, reason=reason, details=details)
        code = "above_average" if view.price > view.average else "not_far_enough_below"
        return Signal(Action.WAIT, code, view.price, details=details)

    def _decide_exit(
        self,
        view: MarketView,
        position: Position,
        exits: ExitRules,
        parameters: Mapping[str, Any],
    ) -> Signal:
        found = find_exit(view, position, exits)
        if found is not None:
            return found
        average = view.average
        if parameters.get("exit_at_average") and average is not None and view.price >= average:
            reason = Reason.BACK_TO_AVERAGE
            details = {"level": format(average, "f")}
            return Signal(Action.SELL, reason.value, view.price, reason=reason, details=details)
        return Signal(Action.HOLD, "in_trade", view.price)
