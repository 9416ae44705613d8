"""A run that nothing comes of, with BOT_DISPATCH=every: a look from memory, its decisions, and no query."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bots import watch
from bots.decisions import Decision, decision_of, keep_decisions, no_price
from bots.last_runs import last_runs
from bots.market_view import view_of
from bots.peaks import keep_peaks
from bots.roster import Roster, Watched
from exchanges.market_data.snapshot import Snapshot, read_snapshot
from saas import counters

Clock = Callable[[], datetime]


def look(roster: Roster, bot_id: int, due_at: datetime, clock: Clock) -> bool:
    """Whether the bot was looked at and nothing was to be done; False if it has to be run, or comes too late."""
    now = clock()
    roster.refresh(now)
    bot = roster.bots.get(bot_id)
    if bot is None or bot.closing or bot.unresolved or now - due_at > timedelta(microseconds=bot.interval):
        return False
    snapshot = read_snapshot(bot.rule.venue)
    if snapshot is None or watch.may_act(roster, bot, snapshot):
        return False
    keep_peaks(watch.find_peaks([bot], {bot.rule.venue: snapshot}))
    keep_decisions(bot_id, [_decide(bot, symbol, snapshot, now) for symbol in _symbols(bot)], due_at)
    last_runs.note(bot_id, now)
    counters.observe("run", (now - due_at).total_seconds())
    counters.add("runs")
    return True


def _symbols(bot: Watched) -> list[str]:
    return list(dict.fromkeys([*bot.symbols, *bot.held]))


def _decide(bot: Watched, symbol: str, snapshot: Snapshot, now: datetime) -> Decision:
    view, holding = view_of(snapshot, symbol, bot.rule.need), bot.held.get(symbol)
    if view is None:
        return no_price(symbol, now)
    position = holding.position(view.price) if holding else None
    signal = bot.rule.strategy.decide(view, position, bot.exits, bot.rule.parameters)
    return decision_of(signal, symbol, now)
