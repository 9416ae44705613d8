"""Collects the snapshot of one venue from its stream, and by asking wherever the stream cannot be relied upon.

    tick ─ follow what is wanted ─ hear ─┬─ the stream serves ─────────────── snapshot of what it told
                                         └─ it does not, or an audit is due ─ ask ─ snapshot of what was answered

A stream serves once the exchange has confirmed every topic and the prices were asked for once since; while something,
if only the answer to a ping, came within ALIVE; and while messages come at all (QUIET): a market in which nothing
happens is asked for, once a second, which costs little and tells a quiet market from a stream that lost its tongue.
Twice a minute all prices are asked for and compared (AUDIT). A pair that moved without a word makes the stream begin
anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from exchanges.domain import Venue
from exchanges.errors import ExchangeError
from exchanges.market_data.candles import SeriesKey
from exchanges.market_data.collector import AT_ONCE, VenueCollector
from exchanges.market_data.streamed_prices import StreamedPrices, Unreadable
from exchanges.market_data.subscriptions import Subscription
from exchanges.market_data.view import Snapshot
from exchanges.streaming import MarketStream, Standing, dialect_of

ALIVE = timedelta(seconds=2)
QUIET = timedelta(seconds=3)
AUDIT = timedelta(seconds=30)
# A candle that closed is told within moments. One that was not told by then is asked for.
CANDLE_PATIENCE = timedelta(seconds=1.5)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was asked, and on which connection with which topics confirmed: what came since lies over it."""

    connection: int
    topics: frozenset[str]
    snapshot: Snapshot


class StreamedCollector:
    """Used by one thread. `stream` need not be started yet; it is closed with this."""

    def __init__(self, venue: Venue, stream: MarketStream) -> None:
        self._asking = VenueCollector(venue)
        self._stream = stream
        self._dialect = dialect_of(venue)
        self._prices = StreamedPrices(self._dialect)
        self._wanted: frozenset[Subscription] = frozenset()
        self._topics: tuple[str, ...] = ()
        self._connection = 0
        self._baseline: Baseline | None = None
        self._suspects: dict[str, datetime] = {}
        self._looked_at: datetime | None = None
        self._unanswered_at: datetime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._stream.close()
        self._asking.close()

    def collect(self, subscriptions: Iterable[Subscription], now: datetime) -> Snapshot:
        """The snapshot at `now`, which is told by the stream or asked for. Raises ExchangeUnavailable."""
        self._follow(frozenset(self._asking.select(subscriptions)))
        self._mind_clock(now)
        standing = self._hear()
        if not self._is_serving(standing, now):
            return self._ask(standing, now)
        asked = self._audit(standing, now) if self._is_audit_due(now) else None
        if asked is not None and self._baseline is None:
            return asked
        self._asking.candles.update_later(self._prices.exchange_time(now), CANDLE_PATIENCE)
        return self._compose(standing, now)

    def between(self, now: datetime) -> Snapshot | None:
        """What the stream has told since; None where it does not serve."""
        self._mind_clock(now)
        standing = self._hear()
        return self._compose(standing, now) if self._is_serving(standing, now) else None

    def _follow(self, wanted: frozenset[Subscription]) -> None:
        if wanted == self._wanted:
            return
        self._wanted = wanted
        followed = self._asking.symbols(wanted)
        symbols = {topic: symbol for symbol in followed for topic in self._dialect.price_topics(symbol)}
        keys = sorted({(one.symbol, one.timeframe) for one in wanted if one.window > 0})
        series: dict[str, SeriesKey] = {self._dialect.candle_topic(*key): key for key in keys}
        self._topics = (*symbols, *series)
        self._prices.assign(symbols, series)
        # More than fit on a connection are asked for, as ever.
        self._stream.follow(self._topics if len(self._topics) <= self._dialect.most_topics else ())

    def _mind_clock(self, now: datetime) -> None:
        """Where our clock was set back, what came before would count as newer than all that comes: it is forgotten."""
        if self._looked_at is not None and now < self._looked_at:
            self._baseline, self._suspects, self._unanswered_at = None, {}, None
            self._prices.forget()
        self._looked_at = now

    def _hear(self) -> Standing:
        standing = self._stream.standing()
        if standing.connection != self._connection:
            self._connection = standing.connection
            self._prices.forget()
        try:
            for key, candle in self._prices.hear(self._stream.take()):
                self._asking.candles.append(key, candle)
        except Unreadable:
            self._start_anew("unreadable")
        return standing

    def _is_serving(self, standing: Standing, now: datetime) -> bool:
        baseline = self._baseline
        return (
            baseline is not None
            and (baseline.connection, baseline.topics) == (standing.connection, frozenset(self._topics))
            and baseline.topics <= standing.followed
            and _is_within(standing.heard_at, ALIVE, now)
            and _is_within(standing.told_at, QUIET, now)
        )

    def _is_audit_due(self, now: datetime) -> bool:
        asked_at = self._baseline.snapshot.taken_at if self._baseline else now
        pauses = self._unanswered_at is not None and now - self._unanswered_at < AUDIT
        return not pauses and (bool(self._suspects) or now - asked_at >= AUDIT)

    def _audit(self, standing: Standing, now: datetime) -> Snapshot | None:
        """Ask and compare. None where there is no answer: what the stream tells must not wait for the next one, either."""
        try:
            asked = self._ask(standing, now)
        except ExchangeError:
            self._unanswered_at = now
            return None
        self._unanswered_at = None
        return asked

    def _ask(self, standing: Standing, now: datetime) -> Snapshot:
        """Ask, and take the answer as what the stream goes on from if that follows everything already."""
        topics = frozenset(self._topics)
        is_followed = bool(topics) and topics <= standing.followed
        snapshot = self._asking.collect(self._wanted, now, CANDLE_PATIENCE if is_followed else AT_ONCE)
        if not is_followed:
            self._baseline, self._suspects = None, {}
            return snapshot
        before, self._baseline = self._baseline, Baseline(standing.connection, topics, snapshot)
        if before is not None and before.connection == standing.connection:
            self._compare(before.snapshot, snapshot)
        return snapshot

    def _compare(self, before: Snapshot, after: Snapshot) -> None:
        """A price that moved without a word is suspect; if there is none by the next time, the stream is deaf."""
        silent = {symbol for symbol, since in self._suspects.items() if not self._has_heard(symbol, since)}
        moved = {
            symbol
            for symbol, ticker in after.tickers.items()
            if symbol in before.tickers and ticker.last != before.tickers[symbol].last
        }
        self._suspects = {
            symbol: before.taken_at for symbol in moved if not self._has_heard(symbol, before.taken_at)
        }
        if silent:
            self._start_anew("it does not tell everything")

    def _has_heard(self, symbol: str, since: datetime) -> bool:
        heard_at = self._prices.heard_at(symbol)
        return heard_at is not None and heard_at >= since

    def _start_anew(self, reason: str) -> None:
        self._baseline, self._suspects = None, {}
        self._stream.restart(reason)

    def _compose(self, standing: Standing, now: datetime) -> Snapshot:
        """The prices are as old as the last sign of life: what happened before it has come already."""
        if self._baseline is None or standing.heard_at is None:
            raise LookupError("only a stream that serves can be composed from")
        asked = self._baseline.snapshot
        return Snapshot(
            asked.venue,
            max(asked.taken_at, min(now, standing.heard_at)),
            self._prices.lay_over(asked.tickers, asked.taken_at),
            self._asking.candles.series(),
            asked.simulated,
        )


def _is_within(moment: datetime | None, age: timedelta, now: datetime) -> bool:
    """A moment that has yet to come was told by a clock that has been set back since, and says nothing."""
    return moment is not None and abs(now - moment) <= age
