"""What somebody wants to see of a market. Who wants it is another layer's business, found by a setting."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from exchanges.domain import Venue


@dataclass(frozen=True, slots=True)
class Subscription:
    """The last `window` closed candles of a symbol, and its ticker; a window of 0 is the ticker alone."""

    venue: Venue
    symbol: str
    timeframe: str
    window: int


def load_subscriptions() -> dict[Venue, tuple[Subscription, ...]]:
    """What is wanted now, by venue and each once, from the callable that MARKET_DATA_SUBSCRIPTIONS names."""
    find = cast("Callable[[], Iterable[Subscription]]", import_string(settings.MARKET_DATA_SUBSCRIPTIONS))
    by_venue: dict[Venue, set[Subscription]] = {}
    for subscription in find():
        by_venue.setdefault(subscription.venue, set()).add(subscription)
    return {venue: tuple(wanted) for venue, wanted in by_venue.items()}
