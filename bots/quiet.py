"""A run that nothing comes of, with BOT_DISPATCH=every: a look from memory and a note of it, no query."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bots import watch
from bots.look_notes import LookNotes, Seen
from bots.peaks import keep_peaks
from bots.roster import Roster
from exchanges.market_data.snapshot import read_snapshot
from saas import counters

Clock = Callable[[], datetime]


def look(roster: Roster, notes: LookNotes, bot_id: int, due_at: datetime, clock: Clock) -> bool:
    """Whether the bot was looked at and nothing was to be done; False if it has to be run, or comes too late.

    What it decided is what its strategy says of what is noted here, and is worked out when its owner asks.
    """
    now = clock()
    roster.refresh(now)
    # Before the bot is read: what is read after it may be newer, and never older.
    known_until = roster.known_until
    bot = roster.bots.get(bot_id)
    if bot is None or bot.closing or bot.unresolved or now - due_at > timedelta(microseconds=bot.interval):
        return False
    venue = bot.rule.venue
    snapshot = read_snapshot(venue)
    if snapshot is None or watch.may_act(roster, bot, snapshot):
        return False
    keep_peaks(watch.find_peaks([bot], {venue: snapshot}))
    notes.note(Seen(snapshot, known_until, roster.needs.get(venue, ())), bot_id, due_at, now)
    counters.observe("run", (now - due_at).total_seconds())
    counters.add("runs")
    return True
