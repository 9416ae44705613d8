"""Every strategy by its name. Another one is one new file and one line here."""

from bots.strategies.base import Strategy
from bots.strategies.buy_below_average import BuyBelowAverage

STRATEGIES: dict[str, Strategy] = {strategy.name: strategy for strategy in (BuyBelowAverage(),)}
