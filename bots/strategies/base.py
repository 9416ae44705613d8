"""What a strategy is: pure decisions over a view of the market, and parameters that describe themselves.

A strategy sees prices, never an exchange, a database or a clock. It answers with a Signal and its reason; sizing and the
ledger decide whether an order comes of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from trades.domain import Reason


class Action(StrEnum):
    BUY = "buy"
    SELL = "sell"
    HOLD = "hold"
    WAIT = "wait"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class MarketView:
    """One symbol at one instant.

    `average` is the mean close of the last closed candles that the strategy's `candles_needed` names, None while there
    are too few; `candles` is how many of its timeframe are closed.
    """

    symbol: str
    price: Decimal
    average: Decimal | None
    candles: int


@dataclass(frozen=True, slots=True)
class Position:
    """An open trade as a strategy sees it; `peak_price` is the highest price seen since the entry."""

    entry_price: Decimal
    peak_price: Decimal
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class ExitRules:
    """A bot's own exits, in percent of the average entry price (the trailing stop: of the peak); None is off."""

    take_profit_percent: Decimal | None = None
    stop_loss_percent: Decimal | None = None
    trailing_stop_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """What a strategy wants and why. `code` names a text in `bots.wording`, `details` are its values."""

    action: Action
    code: str
    price: Decimal
    average: Decimal | None = None
    deviation_percent: Decimal | None = None
    reason: Reason | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Levels:
    """Prices that something comes of: at or under `below`, at or over `above`; None where nothing does.

    They stand until a candle closes, or until the position or the configuration changes.
    """

    below: Decimal | None = None
    above: Decimal | None = None

    def are_crossed(self, price: Decimal) -> bool:
        return (self.below is not None and price <= self.below) or (
            self.above is not None and price >= self.above
        )


@dataclass(frozen=True, slots=True)
class CandleNeed:
    """How many closed candles of which timeframe a strategy looks at."""

    timeframe: str
    window: int


class Strategy(Protocol):
    name: ClassVar[str]
    label: ClassVar[Any]
    help: ClassVar[Any]
    parameters: ClassVar[tuple["Parameter", ...]]

    def candles_needed(self, parameters: Mapping[str, Any]) -> CandleNeed: ...

    def decide(
        self, view: MarketView, position: Position | None, exits: ExitRules, parameters: Mapping[str, Any]
    ) -> Signal: ...

    def levels(
        self, view: MarketView, position: Position | None, exits: ExitRules, parameters: Mapping[str, Any]
    ) -> Levels:
        """The levels at which `decide` buys or sells, whatever the view's price: between them it does neither."""


class ParameterType(StrEnum):
    INTEGER = "integer"
    DECIMAL = "decimal"
    CHOICE = "choice"
    BOOLEAN = "boolean"


class ParameterInvalid(ValueError):
    """A value that a parameter does not take; `code` is `type`, `minimum`, `maximum` or `choices`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a strategy, with the bounds that are enforced and the words that explain it."""

    name: str
    type: ParameterType
    default: int | str | bool
    label: Any
    help: Any
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: tuple[str, ...] = ()

    def clean(self, value: Any) -> int | str | bool:
        """The value in the form it is stored in (a decimal as plain text). Raises ParameterInvalid."""
        if self.type is ParameterType.BOOLEAN:
            return self._clean_boolean(value)
        if self.type is ParameterType.CHOICE:
            return self._clean_choice(value)
        return self._clean_number(value)

    def _clean_boolean(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ParameterInvalid("type")
        return value

    def _clean_choice(self, value: Any) -> str:
        if value not in self.choices:
            raise ParameterInvalid("choices")
        return str(value)

    def _clean_number(self, value: Any) -> int | str:
        number = _to_decimal(value)
        if self.minimum is not None and number < self.minimum:
            raise ParameterInvalid("minimum")
        if self.maximum is not None and number > self.maximum:
            raise ParameterInvalid("maximum")
        if self.type is ParameterType.DECIMAL:
            return format(number.normalize() + 0, "f")
        if number != number.to_integral_value():
            raise ParameterInvalid("type")
        return int(number)


def _to_decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or len(str(value)) > 30:
        raise ParameterInvalid("type")
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        raise ParameterInvalid("type") from None
    if not number.is_finite():
        raise ParameterInvalid("type")
    return number
