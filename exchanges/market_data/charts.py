"""Candles for people to look at; many viewers of one chart cost one request."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

from redis.exceptions import RedisError

from exchanges.dialects.reading import plain
from exchanges.domain import Candle, Venue
from exchanges.gateway import MAX_CANDLES, open_public
from exchanges.rate_budget import Purpose, asking
from exchanges.timeframes import timeframe_seconds
from saas.redis import get_redis
from saas.redis import key as redis_key

LONGEST_LIFETIME_SECONDS = 5
# What has closed stays as it is; it is kept while somebody turns the knobs of one chart.
PAST_LIFETIME_SECONDS = 120
# How long who wants the same waits for the one who asks, before it asks itself.
PATIENCE_SECONDS = 2.0

_asking = tuple(threading.Lock() for _ in range(64))


def fetch_chart_candles(venue: Venue, symbol: str, timeframe: str, limit: int) -> list[Candle]:
    """At most `limit` candles, oldest first, the forming one included, some seconds old.

    Raises RequestRefused for a timeframe the exchange lacks or a limit outside of 1 to 1,000, and ExchangeUnavailable.
    """
    return _share(
        redis_key(f"chart:{venue}:{symbol}:{timeframe}:{limit}"),
        lambda: min(timeframe_seconds(timeframe), LONGEST_LIFETIME_SECONDS),
        lambda: _fetch(venue, symbol, timeframe, limit),
    )


def fetch_history(venue: Venue, symbol: str, timeframe: str, count: int) -> list[Candle]:
    """The last `count` candles, however many requests they take: fewer only where the market has no more.

    Whoever asks for less shares the first request, a thousand candles, and what is older comes in pages that
    begin at the same moments for everybody. Raises what `fetch_chart_candles` does.
    """
    found = fetch_chart_candles(venue, symbol, timeframe, MAX_CANDLES)
    while found and MAX_CANDLES <= len(found) < count:
        older = _fetch_page_before(venue, symbol, timeframe, found[0].open_time)
        if not older:
            break
        found = older + found
    return found[-count:]


def _fetch_page_before(venue: Venue, symbol: str, timeframe: str, moment: datetime) -> list[Candle]:
    """The candles of the page that holds the one before this moment, which closed long ago, up to this moment."""
    page_seconds = MAX_CANDLES * timeframe_seconds(timeframe)
    before = moment - timedelta(seconds=timeframe_seconds(timeframe))
    since = datetime.fromtimestamp(before.timestamp() // page_seconds * page_seconds, UTC)
    page = _share(
        redis_key(f"chart:{venue}:{symbol}:{timeframe}:since:{since.timestamp():.0f}"),
        lambda: PAST_LIFETIME_SECONDS,
        lambda: _fetch(venue, symbol, timeframe, MAX_CANDLES, since),
    )
    return [candle for candle in page if since <= candle.open_time < moment]


def _fetch(
    venue: Venue, symbol: str, timeframe: str, limit: int, since: datetime | None = None
) -> list[Candle]:
    with asking(Purpose.VIEW), open_public(venue) as client:
        return client.fetch_candles(symbol, timeframe, limit, since)


def _share(key: str, seconds: Callable[[], int], ask: Callable[[], list[Candle]]) -> list[Candle]:
    """What is kept under this key, or what is asked now: by one of all that want it at this moment."""
    kept = _read(key)
    if kept is not None:
        return kept
    lock = _asking[hash(key) % len(_asking)]
    is_held = lock.acquire(timeout=PATIENCE_SECONDS)
    try:
        kept = _read(key)
        if kept is not None:
            return kept
        candles = ask()
        _keep(key, candles, seconds())
    finally:
        if is_held:
            lock.release()
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
