"""Prices of a venue that nobody watches now, for whoever wants to know what a balance is worth.

The market-data process watches only what bots need. What is asked here is kept for half a minute, apart from the shared
snapshot: it has no candles, and no bot may take it for one.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from redis.exceptions import RedisError

from exchanges.domain import Venue
from exchanges.errors import ExchangeError
from exchanges.market_data.collector import VenueCollector
from exchanges.market_data.encoding import SnapshotDecoder, encode_prices
from exchanges.market_data.snapshot import Snapshot
from exchanges.market_data.subscriptions import Subscription
from exchanges.rate_budget import Purpose, asking
from saas.redis import get_redis
from saas.redis import key as redis_key

LIFETIME = timedelta(seconds=30)
BRIDGE = "USDT"
NOTHING = b"-"


def pairs_of(assets: Iterable[str]) -> set[str]:
    """The pairs that tell what these assets are worth in dollars; those that a venue lacks are skipped there."""
    return {
        pair for asset in assets for pair in (f"{asset}/{BRIDGE}", f"{BRIDGE}/{asset}") if asset != BRIDGE
    }


def ask_prices(venue: Venue, symbols: Iterable[str], now: datetime) -> Snapshot | None:
    """The tickers of these symbols and of the usual conversions; None while the exchange does not tell."""
    wanted = sorted(symbols)
    key = _key(venue, wanted)
    try:
        kept = get_redis().get(key)
    except RedisError:
        return None  # without a place to keep the answer, every viewer would ask the exchange
    if isinstance(kept, bytes):
        return None if kept == NOTHING else SnapshotDecoder(venue).decode(kept)
    found = _ask(venue, wanted, now)
    _keep(key, NOTHING if found is None else encode_prices(found))
    return found


def _ask(venue: Venue, symbols: Sequence[str], now: datetime) -> Snapshot | None:
    try:
        with asking(Purpose.VIEW), VenueCollector(venue) as collector:
            return collector.collect([Subscription(venue, symbol, "1m", 0) for symbol in symbols], now)
    except ExchangeError:
        return None


def _keep(key: str, payload: bytes) -> None:
    try:
        get_redis().set(key, payload, ex=LIFETIME)
    except RedisError:
        return  # the next viewer asks again


def _key(venue: Venue, symbols: Sequence[str]) -> str:
    digest = hashlib.sha256(" ".join(symbols).encode()).hexdigest()[:32]
    return redis_key(f"asked-prices:{venue}:{digest}")
