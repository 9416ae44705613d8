"""A bot's rule as one pure thing: its strategy with the parameters and exits that the bot has set."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from bots.averages import Average
from bots.models import BotConfiguration
from bots.strategies import STRATEGIES
from bots.strategies.base import CandleNeed, ExitRules, Levels, MarketView, Position, Signal, Strategy


@dataclass(frozen=True, slots=True)
class Rule:
    symbol: str
    strategy: Strategy
    parameters: Mapping[str, Any]
    exits: ExitRules

    @classmethod
    def of(cls, bot: BotConfiguration, symbol: str) -> Self:
        exits = ExitRules(bot.take_profit_percent, bot.stop_loss_percent, bot.trailing_stop_percent)
        return cls(symbol, STRATEGIES[bot.strategy], bot.parameters, exits)

    @property
    def need(self) -> CandleNeed:
        return self.strategy.candles_needed(self.parameters)

    def decide(self, price: Decimal, average: Average, position: Position | None) -> Signal:
        return self.strategy.decide(self._view(price, average), position, self.exits, self.parameters)

    def levels(self, price: Decimal, average: Average, position: Position | None) -> Levels:
        return self.strategy.levels(self._view(price, average), position, self.exits, self.parameters)

    def own_exits(self, price: Decimal, average: Average, position: Position) -> Levels:
        """Where the strategy itself sells, whatever exits the bot has set."""
        return self.strategy.levels(self._view(price, average), position, ExitRules(), self.parameters)

    def _view(self, price: Decimal, average: Average) -> MarketView:
        return MarketView(self.symbol, price, average.value, average.candles)
