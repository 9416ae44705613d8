"""What this process knows of all active bots, so that looking at one costs no query.

A few queries a second keep it: the bots that were changed lately, every open trade and every unresolved order; once a
minute all bots are read afresh. What it says may be a second old. It only decides who is run: a run reads its own bot from
the database before it does anything.
"""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bots import schedule
from bots.roster_queries import (
    BotRow,
    Switch,
    TradeRow,
    read_bots,
    read_halts,
    read_open_trades,
    read_unresolved,
    switches_of,
)
from bots.strategies import STRATEGIES
from bots.strategies.base import CandleNeed, ExitRules, Levels, Position, Strategy
from bots.ticks import Need
from exchanges.domain import Venue
from exchanges.market_data.view import Series
from saas.clock import EPOCH, to_microseconds

REFRESH_EVERY = timedelta(seconds=1)
READ_ALL_EVERY = timedelta(seconds=60)
# A change is committed some time after the moment that it is marked with, so lately changed bots are read again and again.
OVERLAP = timedelta(seconds=30)
NOTHING_HELD: Mapping[str, "Holding"] = {}
NO_SYMBOLS: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Holding:
    """An open trade; `known` is the average and the levels at which something comes of it while that stands."""

    trade_id: int
    symbol: str
    entry_price: Decimal
    peak_price: Decimal | None
    opened_at: datetime
    known: tuple[Decimal | None, Levels] | None = None

    def position(self, price: Decimal) -> Position:
        return Position(self.entry_price, max(self.peak_price or self.entry_price, price), self.opened_at)

    def raise_peak(self, price: Decimal) -> None:
        self.peak_price, self.known = price, None


@dataclass(slots=True, eq=False)
class Rule:
    """What bots with the same strategy and parameters share."""

    venue: Venue
    strategy: Strategy
    parameters: Mapping[str, Any]
    need: CandleNeed


@dataclass(slots=True, eq=False)
class Group:
    """The bots that wait for one level in one symbol; `known` is the average and the levels of whoever holds nothing."""

    rule: Rule
    symbol: str
    members: dict[int, "Watched"] = field(default_factory=dict)
    known: tuple[Decimal | None, Levels] | None = None


@dataclass(slots=True, eq=False)
class Family:
    """The groups of one symbol that look at the same candles; `known` is the average and the outermost of their levels."""

    groups: dict[Rule, Group] = field(default_factory=dict)
    known: tuple[Decimal | None, Levels] | None = None


@dataclass(slots=True, eq=False)
class Market:
    """The families of one symbol; `known` is the series that they look at by timeframe, and their outermost levels."""

    families: dict[CandleNeed, Family] = field(default_factory=dict)
    known: tuple[Mapping[str, Series | None], Levels] | None = None


Pair = tuple[Venue, str]
# What a family looks at.
Subject = tuple[Venue, str, CandleNeed]


@dataclass(slots=True, eq=False)
class Watched:
    """An active bot. `anchor` and `interval` are in whole microseconds, as in `schedule`."""

    bot_id: int
    owner_id: int
    rule: Rule
    symbols: tuple[str, ...]
    exits: ExitRules
    anchor: int
    interval: int
    max_open_trades: int
    closing: bool
    switches: frozenset[Switch]
    updated_at: datetime
    last_run_at: datetime | None
    held: Mapping[str, Holding] = field(default_factory=dict)
    unresolved: frozenset[str] = NO_SYMBOLS
    # Grows with every change of what it holds or waits for.
    generation: int = 0
    # When the dispatcher last sent it a run that a price or something else asked for.
    sent_at: int | None = None

    def take_holdings(self, held: Mapping[str, Holding], unresolved: frozenset[str]) -> None:
        if self.held != held or self.unresolved != unresolved:
            self.held, self.unresolved = held, unresolved
            self.generation += 1

    def count_due(self, since: int, until: int) -> int:
        """How many of its moments lie in (since, until]."""
        return schedule.count_due(self.anchor, self.interval, since, until)

    def last_due(self, until: int) -> int:
        """The newest of its moments up to `until`."""
        return schedule.last_due(self.anchor, self.interval, until)

    def is_new(self, until: int) -> bool:
        """Whether its first moment has come and nothing was sent to it since it was started."""
        # Asked of every bot at every tick: mostly the first line answers.
        if self.anchor > until or (self.sent_at or 0) >= self.anchor:
            return False
        return self.last_run_at is None or to_microseconds(self.last_run_at) < self.anchor

    def has_changed(self) -> bool:
        """Whether nobody has run it since its settings changed."""
        return self.last_run_at is None or self.updated_at > self.last_run_at

    def is_unsettled(self) -> bool:
        """Whether it is closing, or waits to know what became of an order."""
        return self.closing or bool(self.unresolved)

    def may_enter(self, symbol: str) -> bool:
        """Whether a trade in this symbol could be opened, as far as the bot's own trades and orders go."""
        if symbol in self.held or symbol in self.unresolved or self.closing:
            return False
        return len(self.held.keys() | self.unresolved) < self.max_open_trades


class Roster:
    """The active bots by id, and by what they look at. One thread refreshes it at a time; others read on."""

    def __init__(self) -> None:
        self.bots: dict[int, Watched] = {}
        self.markets: dict[Pair, Market] = {}
        self._rules: dict[tuple[Venue, str, str], Rule] = {}
        self._holding: set[int] = set()
        # What the bots of each venue look at, in symbols that they wait in or hold.
        self.needs: Mapping[Venue, Sequence[Need]] = {}
        self._held_subjects: Set[Subject] = frozenset()
        self._has_new_needs = False
        self._halts: frozenset[Switch] = frozenset()
        self._lock = threading.Lock()
        self._refreshed_at = self._read_all_at = EPOCH

    def refresh(self, now: datetime) -> None:
        """Bring it up to date unless that was done within the last second, or is being done and there is something."""
        if self._is_fresh(now) or not self._lock.acquire(blocking=self._refreshed_at == EPOCH):
            return
        try:
            # Whoever waited for the first refresh of another thread has it now.
            if not self._is_fresh(now):
                self._refresh(now)
        finally:
            self._lock.release()

    def _is_fresh(self, now: datetime) -> bool:
        return abs(now - self._refreshed_at) < REFRESH_EVERY

    def _refresh(self, now: datetime) -> None:
        if abs(now - self._read_all_at) >= READ_ALL_EVERY:
            self._take_all(read_bots(None))
            self._read_all_at = now
        else:
            self._take_changed(read_bots(self._refreshed_at - OVERLAP))
        self._take_holdings(read_open_trades(), read_unresolved())
        self._halts = read_halts()
        self._refreshed_at = now

    @property
    def known_until(self) -> datetime:
        """Every change up to then is in it."""
        return self._refreshed_at

    def is_halted(self, bot: Watched) -> bool:
        """Whether some switch forbids the bot's entries, or its key is halted."""
        return not self._halts.isdisjoint(bot.switches)

    def forget(self) -> None:
        """Read everything afresh at the next refresh."""
        self._refreshed_at = self._read_all_at = EPOCH

    def _take_all(self, rows: Iterable[BotRow]) -> None:
        runnable = {row.bot_id: row for row in rows if row.runnable}
        for bot_id in self.bots.keys() - runnable.keys():
            self._remove(bot_id)
        for row in runnable.values():
            self._replace(row)
        used = {bot.rule for bot in self.bots.values()}
        self._rules = {name: rule for name, rule in self._rules.items() if rule in used}

    def _take_changed(self, rows: Iterable[BotRow]) -> None:
        for row in rows:
            if row.runnable:
                self._put(row)
            else:
                self._remove(row.bot_id)

    def _put(self, row: BotRow) -> None:
        known = self.bots.get(row.bot_id)
        if known is not None and known.updated_at == row.updated_at:
            known.last_run_at = row.last_run_at
        else:
            self._replace(row)

    def _replace(self, row: BotRow) -> None:
        known = self.bots.get(row.bot_id)
        self._remove(row.bot_id)
        if row.strategy not in STRATEGIES:
            return
        watched = _watched(row, self._rule(row))
        if known is not None:
            watched.held, watched.unresolved, watched.sent_at = known.held, known.unresolved, known.sent_at
            watched.generation = known.generation + (known.updated_at != row.updated_at)
            for holding in watched.held.values():
                # Its levels were those of the exits and the rule that the bot had.
                holding.known = None
        self.bots[row.bot_id] = watched
        for symbol in watched.symbols:
            self._join(watched, symbol)

    def _join(self, bot: Watched, symbol: str) -> None:
        market = self.markets.setdefault((bot.rule.venue, symbol), Market())
        if bot.rule.need not in market.families:
            market.families[bot.rule.need] = Family()
            self._has_new_needs = True
        family = market.families[bot.rule.need]
        if bot.rule not in family.groups:
            family.groups[bot.rule] = Group(bot.rule, symbol)
            family.known = market.known = None
        family.groups[bot.rule].members[bot.bot_id] = bot

    def _leave(self, bot: Watched, symbol: str) -> None:
        pair, need = (bot.rule.venue, symbol), bot.rule.need
        market = self.markets[pair]
        family = market.families[need]
        members = family.groups[bot.rule].members
        del members[bot.bot_id]
        if not members:
            del family.groups[bot.rule]
            family.known = market.known = None
        if not family.groups:
            del market.families[need]
            self._has_new_needs = True
        if not market.families:
            del self.markets[pair]

    def _remove(self, bot_id: int) -> None:
        gone = self.bots.pop(bot_id, None)
        if gone is None:
            return
        for symbol in gone.symbols:
            self._leave(gone, symbol)

    def _rule(self, row: BotRow) -> Rule:
        spelled = json.dumps(row.parameters, sort_keys=True)
        name = (row.venue, row.strategy, spelled)
        if name not in self._rules:
            strategy = STRATEGIES[row.strategy]
            need = strategy.candles_needed(row.parameters)
            self._rules[name] = Rule(row.venue, strategy, row.parameters, need)
        return self._rules[name]

    def _take_holdings(self, trades: Iterable[TradeRow], unresolved: Iterable[tuple[int, str]]) -> None:
        held: dict[int, dict[str, Holding]] = {}
        for trade in trades:
            held.setdefault(trade.bot_id, {})[trade.symbol] = self._holding_of(trade)
        orders: dict[int, set[str]] = {}
        for bot_id, symbol in unresolved:
            orders.setdefault(bot_id, set()).add(symbol)
        concerned = held.keys() | orders.keys()
        for bot_id in concerned | self._holding:
            if bot := self.bots.get(bot_id):
                unresolved_symbols = frozenset(orders.get(bot_id, NO_SYMBOLS))
                bot.take_holdings(held.get(bot_id, NOTHING_HELD), unresolved_symbols)
        self._holding = set(concerned)
        self._take_needs(
            {(bot.rule.venue, symbol, bot.rule.need) for bot in self.holding_bots() for symbol in bot.held}
        )

    def _take_needs(self, held: Set[Subject]) -> None:
        """They may be tens of thousands and are the same for minutes: one object for as long as they are."""
        if self._has_new_needs or held != self._held_subjects:
            waiting = {(*pair, need) for pair, market in self.markets.items() for need in market.families}
            self.needs = _by_venue(held | waiting)
            self._held_subjects, self._has_new_needs = held, False

    def _holding_of(self, trade: TradeRow) -> Holding:
        bot = self.bots.get(trade.bot_id)
        known = bot.held.get(trade.symbol) if bot else None
        same = (trade.trade_id, trade.entry_price, trade.peak_price)
        if known is not None and (known.trade_id, known.entry_price, known.peak_price) == same:
            return known
        return Holding(trade.trade_id, trade.symbol, trade.entry_price, trade.peak_price, trade.opened_at)

    def holding_bots(self) -> list[Watched]:
        """The bots with an open trade or an unresolved order."""
        return [bot for bot_id in tuple(self._holding) if (bot := self.bots.get(bot_id))]


def _by_venue(subjects: Iterable[Subject]) -> dict[Venue, list[Need]]:
    found: dict[Venue, list[Need]] = {}
    for venue, symbol, need in subjects:
        found.setdefault(venue, []).append(Need(symbol, need.timeframe, need.window))
    return found


def _watched(row: BotRow, rule: Rule) -> Watched:
    return Watched(
        bot_id=row.bot_id,
        owner_id=row.owner_id,
        rule=rule,
        symbols=tuple(row.symbols),
        exits=ExitRules(row.take_profit_percent, row.stop_loss_percent, row.trailing_stop_percent),
        anchor=to_microseconds(row.next_run_at or EPOCH),
        interval=schedule.interval_of(row.interval_seconds, row.closing),
        max_open_trades=row.max_open_trades,
        closing=row.closing,
        switches=switches_of(row),
        updated_at=row.updated_at,
        last_run_at=row.last_run_at,
    )


_roster = Roster()


def process_roster() -> Roster:
    """The one of this process."""
    return _roster
