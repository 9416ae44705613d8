"""Writing down what a tick saw, once for all bots, so that the decision of every look can be told later."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from bots import tick_log
from bots.market_view import view_of
from bots.roster import Roster
from bots.strategies.base import CandleNeed
from bots.tick_log import Average, Need, Tick
from exchanges.domain import Venue
from exchanges.market_data.snapshot import Snapshot


def keep_tick(roster: Roster, snapshots: Mapping[Venue, Snapshot], since: datetime, at: datetime) -> None:
    """For each venue that is watched, with or without prices."""
    needs: defaultdict[Venue, list[tuple[str, CandleNeed]]] = defaultdict(list)
    for venue, symbol, need in roster.subjects():
        needs[venue].append((symbol, need))
    for venue, subjects in needs.items():
        tick_log.record(venue, _tick_of(snapshots.get(venue), subjects, since, at, roster.known_until))


def _tick_of(
    snapshot: Snapshot | None,
    needs: Iterable[tuple[str, CandleNeed]],
    since: datetime,
    at: datetime,
    known_until: datetime,
) -> Tick:
    views = {(symbol, need): view_of(snapshot, symbol, need) for symbol, need in needs}
    seen = {name: view for name, view in views.items() if view is not None}
    prices = {symbol: view.price for (symbol, _), view in seen.items()}
    averages = {
        Need(symbol, need.timeframe, need.window): Average(view.average, view.candles)
        for (symbol, need), view in seen.items()
    }
    taken_at = snapshot.taken_at if snapshot else None
    return Tick(since, at, known_until, taken_at, prices, averages)
