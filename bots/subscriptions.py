"""What the market-data process must watch: the union over all users' bots, so that requests do not grow with bots."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet

from bots.models import BotConfiguration, BotStatus
from bots.strategies import STRATEGIES
from exchanges.domain import Environment, Venue
from exchanges.market_data.subscriptions import Subscription
from trades.domain import TradeStatus


def active_subscriptions() -> set[Subscription]:
    """One per venue, symbol and timeframe with the longest window, for bots that run or hold a trade."""
    longest: dict[tuple[Venue, str, str], int] = {}
    for venue, symbol, timeframe, window in _needs():
        name = (venue, symbol, timeframe)
        longest[name] = max(window, longest.get(name, 0))
    return {Subscription(*name, window) for name, window in longest.items()}


def _watched_bots() -> QuerySet[BotConfiguration, dict[str, Any]]:
    running = Q(status=BotStatus.ACTIVE)
    holding = Q(trades__status=TradeStatus.OPEN.value)
    bots = BotConfiguration.objects.filter(running | holding, deleted_at=None)
    rows: QuerySet[BotConfiguration, dict[str, Any]] = bots.distinct().values(
        "symbols", "strategy", "parameters", "exchange_key__exchange", "exchange_key__environment"
    )
    return rows


def _needs() -> Iterator[tuple[Venue, str, str, int]]:
    for row in _watched_bots():
        strategy = STRATEGIES.get(row["strategy"])
        if strategy is None:
            continue
        venue = Venue(row["exchange_key__exchange"], Environment(row["exchange_key__environment"]))
        need = strategy.candles_needed(row["parameters"])
        for symbol in row["symbols"]:
            yield venue, symbol, need.timeframe, need.window
