"""Which runs are sent at a tick, and by whom: a window of time is claimed, and whatever is due in it belongs to the claim.

    claim (since, until] ─ who is due in it ─ what could come of it at these prices ─ the runs to send

A bot is due at its anchor (`next_run_at`, set when it is started) and at every interval after it. Windows never overlap, so
two beats or a repeated message dispatch each moment once, and no tick writes to the database. Where the anchor was claimed
before the roster knew of the start, its run is sent as soon as it does; and the window of a tick that failed is the next
one's. With BOT_DISPATCH=wake a due bot is run when something could come of it, and once a minute anyway; with `every`,
always.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from bots import cooldown, watch
from bots.peaks import keep_peaks
from bots.rank import PATIENCE_SECONDS, Rank
from bots.roster import Roster, Watched
from bots.schedule import SECOND
from bots.seen import keep_tick
from bots.window import claim_window
from exchanges.domain import Venue
from exchanges.market_data.snapshot import Snapshot, read_snapshot
from saas import counters
from saas.clock import from_microseconds, to_microseconds
from saas.state_log import StateLog

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Send = Callable[[Sequence["Run"]], object]

# Whatever the prices do, a bot is run this often, in case what is known of it here is wrong.
RUN_ANYWAY_EVERY = 60 * SECOND
PATIENCE = PATIENCE_SECONDS * SECOND
# Nor is the exchange asked about an order more often.
ASK_ABOUT_ORDERS_EVERY = 2 * SECOND
# At one tick so many runs that no price asks for, and one more for so many bots: a thousand bots that are started at once
# take some seconds, and keep nobody's sale waiting. There are enough ticks in a minute for twice all bots.
MOST_ASKED = 25
ASKED_SHARE = 120


@dataclass(frozen=True, slots=True)
class Run:
    """One run to send."""

    bot_id: int
    due_at: datetime
    interval_seconds: int
    rank: Rank

    @property
    def seconds_to_begin(self) -> int:
        return self.rank.seconds_to_begin(self.interval_seconds)


def _to_nobody(runs: Sequence[Run]) -> None:
    """For whoever sends what `tick` returns."""


class Dispatcher:
    """Decides at each tick which bots are run. One tick at a time.

    It remembers what spares needless runs, and where its windows end.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._sent: dict[tuple[int, str, str], tuple[int, int]] = {}
        # Where the last window ended, and where one began that was not dispatched because its tick failed.
        self._claimed_until: int | None = None
        self._left_over: int | None = None
        self._lock = threading.Lock()
        self._log = StateLog(logger, "dispatch")

    def tick(self, clock: Clock, send: Send = _to_nobody) -> list[Run]:
        """The runs of the window since the last tick, exits first; `send` gets them before the tick is written down.

        Nothing while another tick of this process works, or the database or Redis is away.
        """
        if not self._lock.acquire(blocking=False):
            return []
        runs: list[Run] = []
        try:
            with self._log.tell_outages():
                runs = self._tick(clock, send)
        finally:
            self._lock.release()
        return runs

    def _tick(self, clock: Clock, send: Send) -> list[Run]:
        now = clock()
        self._roster.refresh(now)
        until = to_microseconds(now)
        since = self._left_over = self._claim(until)
        runs = self._dispatch(since, until, now, clock, send)
        self._left_over = None
        self._count_missed(since, until)
        return runs

    def _claim(self, until: int) -> int:
        """Where the window of this tick begins. Of what the one before had chosen nobody knows whether it was sent."""
        if self._claimed_until is not None and self._claimed_until - until > SECOND:
            self._forget_times()
        since = claim_window(until, self._claimed_until)
        self._claimed_until = until
        if self._left_over is None:
            return since
        self._sent.clear()
        return min(since, self._left_over)

    def _forget_times(self) -> None:
        """The clock was set back: what was sent at a time to come would hold back everything until then."""
        self._left_over = None
        self._sent.clear()
        for bot in tuple(self._roster.bots.values()):
            bot.sent_at = None

    def _count_missed(self, since: int, until: int) -> None:
        """Of each bot all moments but the last, which its run was sent for. No interval is shorter than a second."""
        if until - since > SECOND:
            counts = [bot.count_due(since, until) for bot in tuple(self._roster.bots.values())]
            counters.add("runs_missed", sum(count - 1 for count in counts if count))

    def _dispatch(self, since: int, until: int, now: datetime, clock: Clock, send: Send) -> list[Run]:
        bots = tuple(self._roster.bots.values())
        due = {bot.bot_id: bot for bot in bots if bot.count_due(since, until)}
        asked = self._find_asked((bot for bot in bots if bot.bot_id in due or bot.is_new(until)), until)
        due |= {bot.bot_id: bot for bot in asked}
        ranks = {bot.bot_id: Rank.ASKED for bot in asked}
        if settings.BOT_DISPATCH == "every":
            ranks = {bot_id: ranks.get(bot_id, Rank.QUIET) for bot_id in due}
            return _send(ranks, due, until, send)
        snapshots = _read_snapshots(self._roster.needs)
        ranks |= self._look(due, snapshots, now, until)
        looked_at = to_microseconds(clock())
        try:
            return _send(ranks, due, until, send)
        finally:
            keep_tick(self._roster, snapshots, from_microseconds(since), now)
            _count_looks(due.values(), until, looked_at)

    def _look(
        self, due: dict[int, Watched], snapshots: watch.Snapshots, now: datetime, until: int
    ) -> dict[int, Rank]:
        """The bots that something could come of, by id."""
        oldest = now - timedelta(seconds=settings.SNAPSHOT_MAX_AGE_SECONDS)
        fresh = {venue: found for venue, found in snapshots.items() if found.taken_at >= oldest}
        holding = [bot for bot in self._roster.holding_bots() if bot.bot_id in due]
        keep_peaks(watch.find_peaks(holding, snapshots))
        entries = self._to_send(self._allowed_entries(fresh), due, until)
        exits = self._to_send(watch.find_exits(holding, snapshots), due, until)
        return dict.fromkeys(entries, Rank.ENTRY) | dict.fromkeys(exits, Rank.EXIT)

    def _allowed_entries(self, fresh: watch.Snapshots) -> Iterator[watch.Crossing]:
        found = watch.find_entries(self._roster, fresh)
        return (one for one in found if not self._roster.is_halted(one.bot))

    def _to_send(self, crossings: Iterable[watch.Crossing], due: dict[int, Watched], until: int) -> list[int]:
        """The bots that are due, do not pause after a refusal, and were not sent a moment ago for the same."""
        found = [one for one in crossings if one.bot.bot_id in due and not self._is_pending(one, until)]
        pausing = cooldown.find_standing([_leg_of(one) for one in found])
        chosen = [one for one in found if _leg_of(one) not in pausing]
        self._sent = {leg: sent for leg, sent in self._sent.items() if until - sent[1] < PATIENCE}
        self._sent |= {_leg_of(one): (one.bot.generation, until) for one in chosen}
        return [one.bot.bot_id for one in chosen]

    def _is_pending(self, crossing: watch.Crossing, until: int) -> bool:
        generation, at = self._sent.get(_leg_of(crossing), (-1, -PATIENCE))
        return generation == crossing.bot.generation and until - at < PATIENCE

    def _find_asked(self, due: Iterable[Watched], until: int) -> list[Watched]:
        """The bots that are run whatever the prices are, the longest waiting first, no more than keeps the queue short."""
        asked = [bot for bot in due if _is_asked(bot, until)]
        asked.sort(key=lambda bot: (not bot.is_unsettled(), bot.sent_at or 0))
        return asked[: MOST_ASKED + len(self._roster.bots) // ASKED_SHARE]


def _is_asked(bot: Watched, until: int) -> bool:
    """Whether the bot is run whatever the prices are."""
    if bot.closing:
        return True
    if bot.unresolved:
        # The run that made the order mostly ends it too.
        return bot.sent_at is None or until - bot.sent_at >= ASK_ABOUT_ORDERS_EVERY
    if bot.has_changed():
        # A thousand may be started at once: sent again each second, their messages would all expire in one queue.
        return bot.sent_at is None or until - bot.sent_at >= PATIENCE
    if bot.sent_at is None:
        bot.sent_at = _last_run(bot, until)
    return until - bot.sent_at >= RUN_ANYWAY_EVERY


def _last_run(bot: Watched, until: int) -> int:
    """When it ran last; what nobody knows, after a pause of the platform, is spread over a minute."""
    ran = to_microseconds(bot.last_run_at) if bot.last_run_at else 0
    if 0 <= until - ran < RUN_ANYWAY_EVERY:
        return ran
    return until - bot.bot_id * 7_919_333 % RUN_ANYWAY_EVERY


def _leg_of(crossing: watch.Crossing) -> tuple[int, str, str]:
    return crossing.bot.bot_id, crossing.symbol, crossing.leg.value


def _send(ranks: dict[int, Rank], due: dict[int, Watched], until: int, send: Send) -> list[Run]:
    runs = [_run(due[bot_id], until, ranks[bot_id]) for bot_id in _in_turns(ranks, due)]
    send(runs)
    for bot_id, rank in ranks.items():
        if rank is not Rank.QUIET:
            due[bot_id].sent_at = until
    return runs


def _run(bot: Watched, until: int, rank: Rank) -> Run:
    return Run(bot.bot_id, from_microseconds(bot.last_due(until)), bot.interval // SECOND, rank)


def _read_snapshots(venues: Iterable[Venue]) -> dict[Venue, Snapshot]:
    return {venue: found for venue in venues if (found := read_snapshot(venue))}


def _in_turns(ranks: dict[int, Rank], due: dict[int, Watched]) -> list[int]:
    """By rank; among equals every user's first bot before anybody's second."""
    before: Counter[int] = Counter()
    turns: list[tuple[int, int, int]] = []
    for bot_id, rank in ranks.items():
        owner = due[bot_id].owner_id
        turns.append((rank, before[owner], bot_id))
        before[owner] += 1
    return [bot_id for _, _, bot_id in sorted(turns)]


def _count_looks(due: Iterable[Watched], until: int, now: int) -> None:
    """How late the looks are that have just been taken."""
    lateness = Counter((now - bot.last_due(until)) // 10_000 for bot in due)
    for hundredths, times in lateness.items():
        counters.observe("look", (hundredths + 0.5) / 100, times)
    counters.add("looks", lateness.total())
