"""What is written down of what was seen, so that the decision of every look can be told later."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bots import tick_log
from bots.roster import Roster
from bots.ticks import Average, Looks, Need, Tick
from exchanges.domain import Venue
from exchanges.market_data.snapshot import Snapshot


def keep_tick(roster: Roster, snapshots: Mapping[Venue, Snapshot], since: datetime, at: datetime) -> None:
    """A dispatcher's look at all that was due since then, for each venue that is watched, with or without prices."""
    for venue, needs in roster.needs.items():
        tick_log.record(venue, see(snapshots.get(venue), needs, since, at, roster.known_until))


def see(
    snapshot: Snapshot | None,
    needs: Iterable[Need],
    since: datetime,
    at: datetime,
    known_until: datetime,
    looks: Looks | None = None,
) -> Tick:
    """What a snapshot shows to whoever needs these averages."""
    if snapshot is None:
        return Tick(since, at, known_until, None, {}, {}, looks)
    prices = {symbol: ticker.last for symbol, ticker in snapshot.tickers.items()}
    return Tick(since, at, known_until, snapshot.taken_at, prices, _averages(snapshot, needs), looks)


def _averages(snapshot: Snapshot, needs: Iterable[Need]) -> dict[Need, Average]:
    """Of the needs whose symbol has a price."""
    found = {}
    for need in needs:
        if need.symbol in snapshot.tickers:
            series = snapshot.closes.get((need.symbol, need.timeframe))
            closes = series.closes if series else ()
            found[need] = Average(series.average(need.window) if series else None, len(closes))
    return found
