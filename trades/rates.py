"""The rate between two assets at the moment of a fill; what is stored with the fill never moves again."""

from datetime import datetime, timedelta
from decimal import Decimal

from exchanges.domain import Venue
from exchanges.gateway import PublicClient
from exchanges.instruments import get_instruments
from exchanges.market_data.snapshot import rate_between, read_snapshot

FRESH = timedelta(minutes=2)


def rate_for_fill(
    venue: Venue, from_asset: str, to_asset: str, executed_at: datetime, now: datetime
) -> Decimal | None:
    """Units of `to_asset` per unit of `from_asset` when the fill happened.

    A fill that was just made takes the shared snapshot's rate, an older one (found by recovery) that of its minute. None
    if the venue has no pair of the two.
    """
    if from_asset == to_asset:
        return Decimal(1)
    snapshot = read_snapshot(venue)
    if snapshot is not None and now - executed_at < FRESH:
        rate = rate_between(snapshot, from_asset, to_asset)
        if rate is not None:
            return rate
    return _rate_of_minute(venue, from_asset, to_asset, executed_at)


def _rate_of_minute(venue: Venue, from_asset: str, to_asset: str, at: datetime) -> Decimal | None:
    listed = get_instruments(venue)
    direct, inverse = f"{from_asset}/{to_asset}", f"{to_asset}/{from_asset}"
    if direct in listed:
        return _close_of_minute(venue, direct, at)
    if inverse in listed:
        close = _close_of_minute(venue, inverse, at)
        return 1 / close if close else None
    return None


def _close_of_minute(venue: Venue, symbol: str, at: datetime) -> Decimal | None:
    minute = at.replace(second=0, microsecond=0)
    with PublicClient(venue) as client:
        candles = client.fetch_candles(symbol, "1m", 1, since=minute)
    return candles[0].close if candles else None
