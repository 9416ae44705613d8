"""Writing down what a tick saw, once for all bots, so that the decision of every look can be told later."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bots import tick_log
from bots.roster import Roster
from bots.tick_log import Average, Need, Tick
from exchanges.domain import Venue
from exchanges.market_data.snapshot import Snapshot


def keep_tick(roster: Roster, snapshots: Mapping[Venue, Snapshot], since: datetime, at: datetime) -> None:
    """For each venue that is watched, with or without prices."""
    for venue, needs in roster.needs.items():
        snapshot = snapshots.get(venue)
        if snapshot is None:
            seen = Tick(since, at, roster.known_until, None, {}, {})
        else:
            prices = {symbol: ticker.last for symbol, ticker in snapshot.tickers.items()}
            averages = _averages(snapshot, needs)
            seen = Tick(since, at, roster.known_until, snapshot.taken_at, prices, averages)
        tick_log.record(venue, seen)


def _averages(snapshot: Snapshot, needs: Iterable[Need]) -> dict[Need, Average]:
    """Of the needs whose symbol has a price."""
    found = {}
    for need in needs:
        if need.symbol in snapshot.tickers:
            series = snapshot.closes.get((need.symbol, need.timeframe))
            closes = series.closes if series else ()
            found[need] = Average(series.average(need.window) if series else None, len(closes))
    return found
