"""Which bots something could come of at this instant: a level is crossed. Reads the roster and prices, does no I/O.

The levels are the strategy's own (`Strategy.levels`), so a bot that is left alone is one whose strategy would have waited or
held. Bots with one rule share an entry level, and one comparison answers for all that look at a symbol: a tick costs as much
as there are symbols and open trades, not bots or averages, until a candle closes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bots.market_view import view_of
from bots.roster import Family, Group, Holding, Market, Roster, Watched
from bots.strategies.base import ExitRules, Levels, MarketView
from exchanges.domain import Venue
from exchanges.market_data.snapshot import Snapshot
from trades.domain import Leg

Snapshots = Mapping[Venue, Snapshot]
NO_EXITS = ExitRules()


@dataclass(frozen=True, slots=True)
class Crossing:
    """A price at or beyond a level of one bot, and what would come of it."""

    bot: Watched
    symbol: str
    leg: Leg


@dataclass(frozen=True, slots=True)
class NewPeak:
    """A price above all that an open trade with a trailing stop has seen."""

    bot: Watched
    holding: Holding
    price: Decimal


def find_entries(roster: Roster, fresh: Snapshots) -> Iterator[Crossing]:
    """Entries that are wanted at these prices, of bots that are free to open a trade."""
    for (venue, symbol), market in roster.markets.items():
        snapshot = fresh.get(venue)
        ticker = snapshot.tickers.get(symbol) if snapshot else None
        if snapshot is None or ticker is None:
            continue
        if _market_levels(market, snapshot, symbol).are_crossed(ticker.last):
            yield from _find_in_market(market, snapshot, symbol)


def _find_in_market(market: Market, snapshot: Snapshot, symbol: str) -> Iterator[Crossing]:
    for need, family in market.families.items():
        view = view_of(snapshot, symbol, need)
        if view is None or not _outermost_levels(family, view).are_crossed(view.price):
            continue
        for group in family.groups.values():
            if _entry_levels(group, view).are_crossed(view.price):
                yield from _free_members(group)


def _free_members(group: Group) -> Iterator[Crossing]:
    for bot in group.members.values():
        if bot.may_enter(group.symbol):
            yield Crossing(bot, group.symbol, Leg.ENTRY)


def find_exits(bots: Iterable[Watched], snapshots: Snapshots) -> Iterator[Crossing]:
    """Exits that are wanted at these prices, and not under way already."""
    for bot, holding, view in _held(bots, snapshots):
        if holding.symbol in bot.unresolved:
            continue
        if _exit_levels(bot, holding, view).are_crossed(view.price):
            yield Crossing(bot, holding.symbol, Leg.EXIT)


def find_peaks(bots: Iterable[Watched], snapshots: Snapshots) -> Iterator[NewPeak]:
    for bot, holding, view in _held(bots, snapshots):
        if bot.exits.trailing_stop_percent is None:
            continue
        if holding.peak_price is None or view.price > holding.peak_price:
            yield NewPeak(bot, holding, holding.position(view.price).peak_price)


def may_act(roster: Roster, bot: Watched, snapshot: Snapshot) -> bool:
    """Whether something could come of this one bot at these prices."""
    snapshots = {bot.rule.venue: snapshot}
    if any(find_exits([bot], snapshots)):
        return True
    return any(_may_enter_at(roster, bot, symbol, snapshot) for symbol in bot.symbols)


def _may_enter_at(roster: Roster, bot: Watched, symbol: str, snapshot: Snapshot) -> bool:
    rule = bot.rule
    market, view = roster.markets.get((rule.venue, symbol)), view_of(snapshot, symbol, rule.need)
    if view is None or not bot.may_enter(symbol):
        return False
    family = market.families.get(rule.need) if market else None
    group = family.groups.get(rule) if family else None
    return group is None or _entry_levels(group, view).are_crossed(view.price)


def _held(bots: Iterable[Watched], snapshots: Snapshots) -> Iterator[tuple[Watched, Holding, MarketView]]:
    for bot in bots:
        for holding in bot.held.values():
            view = view_of(snapshots.get(bot.rule.venue), holding.symbol, bot.rule.need)
            if view is not None:
                yield bot, holding, view


def _market_levels(market: Market, snapshot: Snapshot, symbol: str) -> Levels:
    """Where a price is within these, no family of the market has anything to do."""
    known = market.known
    # A series is one object for as long as no candle closes.
    if known is None or any(
        snapshot.closes.get((symbol, timeframe)) is not series for timeframe, series in known[0].items()
    ):
        timeframes = {need.timeframe for need in market.families}
        series_known = {timeframe: snapshot.closes.get((symbol, timeframe)) for timeframe in timeframes}
        views = ((family, view_of(snapshot, symbol, need)) for need, family in market.families.items())
        levels = _outermost(_outermost_levels(family, view) for family, view in views if view is not None)
        known = market.known = (series_known, levels)
    return known[1]


def _outermost_levels(family: Family, view: MarketView) -> Levels:
    """Where a price is within these, no group of the family has anything to do."""
    known = family.known
    if known is None or known[0] is not view.average:
        levels = _outermost(_entry_levels(group, view) for group in family.groups.values())
        known = family.known = (view.average, levels)
    return known[1]


def _outermost(levels: Iterable[Levels]) -> Levels:
    known = tuple(levels)
    below = [each.below for each in known if each.below is not None]
    above = [each.above for each in known if each.above is not None]
    return Levels(max(below, default=None), min(above, default=None))


def _entry_levels(group: Group, view: MarketView) -> Levels:
    # The average of one series is one object for as long as no candle closes.
    known = group.known
    if known is None or known[0] is not view.average:
        levels = group.rule.strategy.levels(view, None, NO_EXITS, group.rule.parameters)
        known = group.known = (view.average, levels)
    return known[1]


def _exit_levels(bot: Watched, holding: Holding, view: MarketView) -> Levels:
    known = holding.known
    if known is None or known[0] is not view.average:
        position = holding.position(holding.entry_price)
        levels = bot.rule.strategy.levels(view, position, bot.exits, bot.rule.parameters)
        known = holding.known = (view.average, levels)
    return known[1]
