"""The audit: the exchange's ledger beside ours, key by key, and what follows from a difference.

    adopt and recover what can be   (so that nothing is reported that the ledger mends by itself)
    first look                      read ours, ask the exchange, read ours again: only what stood still is compared
    second look                     what differed is asked for once more, order by order; what differs still is a difference
    record                          a new difference halts the key's entries, and the user and the operator are told

An exchange that does not answer, or a key that it refuses, is no difference: that key is not audited, and it is said so.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchanges.errors import ExchangeError
from exchanges.gateway import Session
from exchanges.rate_budget import Purpose, asking
from trades import audit_records, sweeper
from trades.adoption import adopt_lost_orders, known_orders
from trades.audit_checks import check_own_rows, compare_ledgers, is_settled, steady_orders, steady_trades
from trades.audit_domain import Difference, Evidence
from trades.audit_models import Outcome
from trades.audit_reading import CLOCK_SLACK, Account, Books, ask_account, read_books
from trades.audit_records import Report
from trades.ledger import client_order_prefix
from trades.models import Order
from trades.recovery import orders_to_recover
from users.encryption import CredentialsUnreadable
from users.keys import open_key_session
from users.models import ExchangeAPIKey, KeyState

LONGEST_LOOK_BACK = timedelta(days=30)
# An audit that found the ledgers equal need not be repeated: the next one begins a day before it.
OVERLAP = timedelta(days=1)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at both ledgers showed, and how much was compared."""

    orders: int
    fills: int
    differences: Sequence[Difference]


@asking(Purpose.AUDIT)
def audit_key(key: ExchangeAPIKey, clock: Clock, since: datetime | None = None) -> Report | None:
    """Audit one key's orders from `since` on (30 days if not given); None while somebody else audits it."""
    begins = since or clock() - LONGEST_LOOK_BACK
    run = audit_records.begin(key, begins, clock())
    if run is None:
        return None
    report = Report(key, begins, Outcome.NOT_AUDITED, audit_records.FAILED)
    try:
        report = _audit(key, begins, clock)
    finally:
        audit_records.finish(run, report, clock())
    return report


def audit_daily(key_id: int, clock: Clock) -> Report | None:
    key = ExchangeAPIKey.objects.select_related("owner").get(pk=key_id)
    return audit_key(key, clock, daily_start(key, clock()))


def daily_start(key: ExchangeAPIKey, now: datetime) -> datetime:
    """From when on a daily audit compares: a day before the last one that found the ledgers equal."""
    equal = audit_records.last_equal(key)
    earliest = now - LONGEST_LOOK_BACK
    return max(earliest, equal - OVERLAP) if equal else earliest


def _audit(key: ExchangeAPIKey, since: datetime, clock: Clock) -> Report:
    if key.deleted_at is not None:
        return _audit_own_rows(key, since, Outcome.OWN_ROWS)
    if key.state != KeyState.VALID:
        return _audit_own_rows(key, since, Outcome.NOT_AUDITED, "key_not_valid")
    _mend(key, clock)
    try:
        with open_key_session(key) as session:
            look = Comparison(key, since, session, clock).look_twice()
    except CredentialsUnreadable:
        return _audit_own_rows(key, since, Outcome.NOT_AUDITED, "key_unreadable")
    except ExchangeError as error:
        return _audit_own_rows(key, since, Outcome.NOT_AUDITED, str(error))
    return Report(key, since, Outcome.AUDITED, "", look.orders, look.fills, tuple(look.differences))


def _mend(key: ExchangeAPIKey, clock: Clock) -> None:
    """Let adoption and recovery do what is theirs, so that the audit finds what they cannot mend."""
    adopt_lost_orders(key.pk, clock)
    due = orders_to_recover(clock()).filter(exchange_key=key)
    for bot_id in sorted(set(due.values_list("bot_id", flat=True))):
        sweeper.recover_bot(bot_id, clock)


def _audit_own_rows(key: ExchangeAPIKey, since: datetime, outcome: Outcome, reason: str = "") -> Report:
    before, after = read_books(key, since), read_books(key, since)
    found = check_own_rows(
        steady_orders(before.orders, after.orders), steady_trades(before.trades, after.trades)
    )
    return Report(key, since, outcome, reason, differences=tuple(found))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both ledgers of one key, from `since` on, while a session is open."""

    key: ExchangeAPIKey
    since: datetime
    session: Session
    clock: Clock

    def look_twice(self) -> Look:
        """What differs in two looks, the second of which asks for each order by itself. Raises ExchangeError."""
        symbols = Order.objects.filter(exchange_key=self.key).order_by().values_list("symbol", flat=True)
        first = self._look(set(symbols.distinct()), frozenset())
        if not first.differences:
            return first
        seen = {difference.identity for difference in first.differences}
        doubted = {difference.client_order_id for difference in first.differences}
        again = self._look({one.symbol for one in first.differences}, doubted)
        confirmed = [difference for difference in again.differences if difference.identity in seen]
        return Look(first.orders, first.fills, confirmed)

    def _look(self, symbols: Collection[str], doubted: Collection[str]) -> Look:
        before, asked_at = read_books(self.key, self.since, symbols), self.clock()
        accounts = {symbol: self._ask(symbol, before, doubted, asked_at) for symbol in sorted(symbols)}
        after = read_books(self.key, self.since, symbols)
        steady = steady_orders(before.orders, after.orders)
        found = check_own_rows(steady, steady_trades(before.trades, after.trades))
        settled = {order.client_order_id for order in steady if is_settled(order, asked_at)}
        for symbol, account in accounts.items():
            found += compare_ledgers(self._evidence(symbol, account, after, settled))
        return Look(len(after.orders), sum(len(order.fills) for order in after.orders), found)

    def _ask(self, symbol: str, books: Books, doubted: Collection[str], now: datetime) -> Account:
        ours = [order for order in books.orders if order.symbol == symbol]
        in_period = [order.created_at for order in ours if order.created_at >= self.since]
        # Empty days cost as many questions as full ones: nothing is asked about those before the first order.
        start = min(in_period) if in_period else daily_start(self.key, now)
        return ask_account(self.session, symbol, max(self.since, start) - CLOCK_SLACK, ours, doubted, now)

    def _evidence(self, symbol: str, account: Account, books: Books, settled: Collection[str]) -> Evidence:
        prefix = client_order_prefix()
        ours = [order for order in books.orders if order.symbol == symbol]
        listed = {one.client_order_id for one in account.orders if one.client_order_id.startswith(prefix)}
        elsewhere = known_orders(self.key, listed - {order.client_order_id for order in ours})
        judged = frozenset(settled) - account.not_asked
        return Evidence(prefix, ours, judged, account.orders, account.fills, elsewhere)
