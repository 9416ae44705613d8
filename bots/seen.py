"""What is written down of what was seen, so that the decision of every look can be told later."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from bots import tick_log
from bots.roster import Roster
from bots.ticks import Average, Looks, Need, Tick
from exchanges.domain import Venue
from exchanges.market_data.snapshot import Series, Snapshot


def keep_tick(roster: Roster, snapshots: Mapping[Venue, Snapshot], since: datetime, at: datetime) -> None:
    """A dispatcher's look at all that was due since then, for each venue that is watched, with or without prices."""
    for venue, needs in roster.needs.items():
        tick_log.record(venue, see(snapshots.get(venue), needs, since, at, roster.known_until))


def see(
    snapshot: Snapshot | None,
    needs: Sequence[Need],
    since: datetime,
    at: datetime,
    known_until: datetime,
    looks: Looks | None = None,
) -> Tick:
    """What a snapshot shows to whoever needs these averages."""
    if snapshot is None:
        return Tick(since, at, known_until, None, {}, {}, looks)
    prices = {symbol: ticker.last for symbol, ticker in snapshot.tickers.items()}
    averages = _averages(snapshot, needs)
    return Tick(since, at, known_until, snapshot.taken_at, prices, averages, looks)


@dataclass(frozen=True, slots=True)
class _Averaged:
    """What averages were taken of."""

    closes: Mapping[tuple[str, str], Series]
    needs: Sequence[Need]
    symbols: Set[str]
    averages: Mapping[Need, Average]


_averaged: dict[Venue, _Averaged] = {}


def _averages(snapshot: Snapshot, needs: Sequence[Need]) -> Mapping[Need, Average]:
    """Of the needs whose symbol has a price. While no candle closes they are the same, and one object."""
    known = _averaged.get(snapshot.venue)
    if (
        known is None
        or known.closes is not snapshot.closes
        or known.needs is not needs
        or known.symbols != snapshot.tickers.keys()
    ):
        symbols = frozenset(snapshot.tickers)
        averages = {need: _average(snapshot, need) for need in needs if need.symbol in symbols}
        known = _averaged[snapshot.venue] = _Averaged(snapshot.closes, needs, symbols, averages)
    return known.averages


def _average(snapshot: Snapshot, need: Need) -> Average:
    series = snapshot.closes.get((need.symbol, need.timeframe))
    return Average(series.average(need.window), len(series.closes)) if series else Average(None, 0)
