"""Candles for people to look at; many viewers of one chart cost one request."""

import json
from datetime import datetime
from decimal import Decimal
from typing import cast

from redis.exceptions import RedisError

from exchanges.dialects.reading import plain
from exchanges.domain import Candle, Venue
from exchanges.gateway import open_public
from exchanges.rate_budget import Purpose, asking
from exchanges.timeframes import timeframe_seconds
from saas.redis import get_redis
from saas.redis import key as redis_key

LONGEST_LIFETIME_SECONDS = 5


def fetch_chart_candles(venue: Venue, symbol: str, timeframe: str, limit: int) -> list[Candle]:
    """At most `limit` candles, oldest first, the forming one included, some seconds old.

    Raises RequestRefused for a timeframe the exchange lacks or a limit outside of 1 to 1,000, and ExchangeUnavailable.
    """
    key = redis_key(f"chart:{venue}:{symbol}:{timeframe}:{limit}")
    kept = _read(key)
    if kept is not None:
        return kept
    with asking(Purpose.VIEW), open_public(venue) as client:
        candles = client.fetch_candles(symbol, timeframe, limit)
    _keep(key, candles, min(timeframe_seconds(timeframe), LONGEST_LIFETIME_SECONDS))
    return candles


def _read(key: str) -> list[Candle] | None:
    try:
        payload = cast("bytes | None", get_redis().get(key))
    except RedisError:
        return None
    if payload is None:
        return None
    rows = json.loads(payload)
    return [Candle(datetime.fromisoformat(opened), *map(Decimal, amounts)) for opened, *amounts in rows]


def _keep(key: str, candles: list[Candle], seconds: int) -> None:
    rows = [
        [one.open_time.isoformat(), *map(plain, (one.open, one.high, one.low, one.close, one.volume))]
        for one in candles
    ]
    try:
        get_redis().set(key, json.dumps(rows, separators=(",", ":")), ex=seconds)
    except RedisError:
        return  # the next viewer asks the exchange again
