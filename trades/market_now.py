"""Prices and rates of the shared snapshots, each venue read once, so that one answer shows one instant."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from exchanges.asked_prices import LIFETIME, ask_prices
from exchanges.domain import Environment, Venue
from exchanges.market_data.snapshot import Snapshot, rate_between, read_snapshot


class MarketNow:
    """What is known of the market at `now`; None wherever it is not known."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._snapshots: dict[Venue, Snapshot | None] = {}
        self._asked: set[Venue] = set()

    def snapshot(self, venue: Venue) -> Snapshot | None:
        if venue not in self._snapshots:
            self._snapshots[venue] = read_snapshot(venue)
        return self._snapshots[venue]

    def ask_if_stale(self, venue: Venue, symbols: Iterable[str]) -> None:
        """Have the exchange itself tell these prices where nobody watches the venue now."""
        if self.is_stale(venue):
            asked = ask_prices(venue, symbols, self.now)
            if asked is not None:
                self._snapshots[venue] = asked
                self._asked.add(venue)

    def bid(self, venue: Venue, symbol: str) -> Decimal | None:
        """What a holding could be sold at."""
        snapshot = self.snapshot(venue)
        ticker = snapshot.tickers.get(symbol) if snapshot else None
        return ticker.bid if ticker else None

    def rate(self, venue: Venue, from_asset: str, to_asset: str) -> Decimal | None:
        if from_asset == to_asset:
            return Decimal(1)
        snapshot = self.snapshot(venue)
        return rate_between(snapshot, from_asset, to_asset) if snapshot else None

    def is_stale(self, venue: Venue) -> bool:
        snapshot = self.snapshot(venue)
        limit = LIFETIME if venue in self._asked else timedelta(seconds=settings.SNAPSHOT_MAX_AGE_SECONDS)
        return snapshot is None or self.now - snapshot.taken_at > limit

    def told_at(self, venues: Iterable[Venue]) -> datetime | None:
        """When the oldest of these venues' prices were told; None where one of them has none."""
        found = [self.snapshot(venue) for venue in venues]
        known = [snapshot.taken_at for snapshot in found if snapshot is not None]
        return min(known, default=self.now) if len(known) == len(found) else None

    def is_simulated(self, venue: Venue) -> bool:
        """Whether the prices are made up; a paper exchange's are unless it is known that they are not."""
        snapshot = self.snapshot(venue)
        return snapshot.simulated if snapshot else venue.environment == Environment.PAPER
