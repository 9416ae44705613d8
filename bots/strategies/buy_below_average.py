"""Buy below the average: enter when the price is a threshold below the mean of the last closed candles.

Enter when price <= SMA(window closed candles) * (1 - threshold). Leave at a take profit, a stop, a trailing stop or, if
it is on, at the return to the average.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from bots.strategies.base import (
    Action,
    CandleNeed,
    ExitRules,
    MarketView,
    Parameter,
    ParameterType,
    Position,
    Signal,
)
from bots.strategies.exits import find_exit
from trades.domain import Reason

TIMEFRAMES = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d")
HUNDRED = Decimal(100)
SHOWN_PLACES = Decimal("0.0001")


def simple_moving_average(closes: Sequence[Decimal], window: int) -> Decimal:
    return sum(closes[-window:], Decimal()) / window


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
        average = self._average(view, int(parameters["window"]))
        if position is None:
            signal = self._decide_entry(view, average, parameters)
        else:
            signal = self._decide_exit(view, average, position, exits, parameters)
        if average is None:
            return signal
        return replace(signal, average=average, deviation_percent=deviation_percent(view.price, average))

    def _average(self, view: MarketView, window: int) -> Decimal | None:
        if len(view.closes) < window:
            return None
        return simple_moving_average(view.closes, window)

    def _decide_entry(
        self, view: MarketView, average: Decimal | None, parameters: Mapping[str, Any]
    ) -> Signal:
        if average is None:
            details = {"have": str(len(view.closes)), "need": str(parameters["window"])}
            return Signal(Action.WAIT, "too_few_candles", view.price, details=details)
        threshold = Decimal(str(parameters["threshold_percent"]))
        level = average * (1 - threshold / HUNDRED)
        details = {"level": format(level, "f"), "threshold_percent": format(threshold, "f")}
        if view.price <= level:
            reason = Reason.BELOW_AVERAGE
            return Signal(Action.BUY, reason.value, view.price, reason=reason, details=details)
        code = "above_average" if view.price > average else "not_far_enough_below"
        return Signal(Action.WAIT, code, view.price, details=details)

    def _decide_exit(
        self,
        view: MarketView,
        average: Decimal | None,
        position: Position,
        exits: ExitRules,
        parameters: Mapping[str, Any],
    ) -> Signal:
        found = find_exit(view, position, exits)
        if found is not None:
            return found
        if parameters.get("exit_at_average") and average is not None and view.price >= average:
            reason = Reason.BACK_TO_AVERAGE
            return Signal(
                Action.SELL, reason.value, view.price, reason=reason, details={"level": format(average, "f")}
            )
        return Signal(Action.HOLD, "in_trade", view.price)
