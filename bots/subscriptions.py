"""What the market-data process must watch: the union over all users' bots, so that requests do not grow with bots.

It is asked every second. The active bots are read once a minute; in between those that were changed lately, as a roster
does it, so that it costs what changes and not what there is. The few that hold a trade without running are read each time.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet

from bots.models import BotConfiguration, BotStatus
from bots.strategies import STRATEGIES
from exchanges.domain import Environment, Venue
from exchanges.market_data.subscriptions import Subscription
from saas.clock import EPOCH, utc_now
from trades.domain import TradeStatus
from trades.models import Trade

READ_ALL_EVERY = timedelta(seconds=60)
# A change is committed some time after the moment that it is marked with, so lately changed bots are read again and again.
OVERLAP = timedelta(seconds=30)

BOT_FIELDS = (
    "pk",
    "updated_at",
    "status",
    "deleted_at",
    "symbols",
    "strategy",
    "parameters",
    "exchange_key__exchange",
    "exchange_key__environment",
)
HOLDER_FIELDS = (
    "symbol",
    "bot__symbols",
    "bot__strategy",
    "bot__parameters",
    "exchange_key__exchange",
    "exchange_key__environment",
)


# A venue's symbol and timeframe.
Subject = tuple[Venue, str, str]


class Want(NamedTuple):
    """One bot's look at one symbol."""

    venue: Venue
    symbol: str
    timeframe: str
    window: int


class Watchers:
    """Who watches what, as far as this process has read it."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Read everything afresh the next time."""
        self._bots: dict[int, tuple[datetime, list[Want]]] = {}
        self._wants: Counter[Want] = Counter()
        self._longest: dict[Subject, int] | None = None
        self._read_at = self._read_all_at = EPOCH

    def subscriptions(self) -> set[Subscription]:
        """One per venue, symbol and timeframe with the longest window, for bots that run or hold a trade."""
        with self._lock:
            self._refresh(self._clock())
            if self._longest is None:
                self._longest = _find_longest({}, self._wants)
            longest = _find_longest(self._longest, _wants_of_idle_holders())
        return {Subscription(*subject, window) for subject, window in longest.items()}

    def _refresh(self, now: datetime) -> None:
        if abs(now - self._read_all_at) >= READ_ALL_EVERY:
            self.forget()
            self._take(_bots().filter(status=BotStatus.ACTIVE, deleted_at=None))
            self._read_all_at = now
        else:
            self._take(_bots().filter(updated_at__gte=self._read_at - OVERLAP))
        self._read_at = now

    def _take(self, rows: QuerySet[BotConfiguration, dict[str, Any]]) -> None:
        for row in rows.iterator():
            is_active = row["status"] == BotStatus.ACTIVE and row["deleted_at"] is None
            known = self._bots.get(row["pk"])
            if not is_active:
                self._remove(row["pk"])
            elif known is None or known[0] != row["updated_at"]:
                self._remove(row["pk"])
                wants = list(_wants_of(row, "", row["symbols"]))
                self._bots[row["pk"]] = (row["updated_at"], wants)
                self._wants.update(wants)
                self._longest = None

    def _remove(self, bot_id: int) -> None:
        _, wants = self._bots.pop(bot_id, (EPOCH, []))
        for want in wants:
            self._wants[want] -= 1
            if not self._wants[want]:
                del self._wants[want]
                self._longest = None


def _find_longest(known: Mapping[Subject, int], wants: Iterable[Want]) -> dict[Subject, int]:
    """The longest window of each, of those that are known and those that are wanted besides."""
    longest = dict(known)
    for want in wants:
        subject = (want.venue, want.symbol, want.timeframe)
        longest[subject] = max(want.window, longest.get(subject, 0))
    return longest


def _bots() -> QuerySet[BotConfiguration, dict[str, Any]]:
    rows: QuerySet[BotConfiguration, dict[str, Any]] = BotConfiguration.objects.order_by().values(*BOT_FIELDS)
    return rows


def _wants_of_idle_holders() -> Iterator[Want]:
    """Of the bots that do not run and hold a trade: it is shown at prices of now, and can be sold."""
    trades = Trade.objects.filter(status=TradeStatus.OPEN.value, bot__deleted_at=None).order_by()
    for row in trades.exclude(bot__status=BotStatus.ACTIVE).values(*HOLDER_FIELDS).iterator():
        yield from _wants_of(row, "bot__", {*row["bot__symbols"], row["symbol"]})


def _wants_of(row: dict[str, Any], bot: str, symbols: Iterable[str]) -> Iterator[Want]:
    strategy = STRATEGIES.get(row[f"{bot}strategy"])
    if strategy is None:
        return
    venue = Venue(row["exchange_key__exchange"], Environment(row["exchange_key__environment"]))
    need = strategy.candles_needed(row[f"{bot}parameters"])
    for symbol in symbols:
        yield Want(venue, symbol, need.timeframe, need.window)


_watchers = Watchers()
active_subscriptions = _watchers.subscriptions
