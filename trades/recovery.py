"""Finding out what became of an order: the one code path for start-up, for each run and for the sweeper.

    PLANNED, its sender gone            → ABANDONED, provably never sent
    SENDING, its sender gone; UNKNOWN   → ask by client order id: adopt it, or count the exchange's own "no such order"
    HELD                                → the same, more rarely; it never times out into "rejected"
    OPEN, PARTIAL                       → poll and import fills; cancel it where that was asked or an entry rests too long
    NEVER_PLACED                        → looked up again 5 minutes, 1 hour and 24 hours later; found after all, adopt it

The caller holds the bot's lease.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from exchanges.domain import ExchangeOrder
from exchanges.errors import ExchangeError, ExchangeUnavailable, KeyRefused, RateLimited
from exchanges.gateway import Session
from trades import lease
from trades.domain import IN_DOUBT, RESTING, UNRESOLVED, UNRESOLVED_VALUES, HoldCode, Leg, OrderStatus
from trades.durability import durable_transaction
from trades.imports import import_order, is_complete
from trades.models import Order
from trades.signals import ledger_event
from users.keys import halt_key, mark_invalid

RECEIVE_WINDOW = timedelta(seconds=5)
# After the last moment at which the exchange could have accepted it: its own delay, and room for replication.
SETTLED_AFTER = RECEIVE_WINDOW + timedelta(seconds=40)
NOT_FOUND_NEEDED = 3
ASK_AGAIN_AFTER = timedelta(seconds=5)
HELD_ASK_AGAIN_AFTER = timedelta(seconds=15)
HELD_ASK_AGAIN_AT_MOST_AFTER = timedelta(minutes=2)
# A market order that is still not done after so long is no longer the purchase that was decided.
ENTRY_RESTS_AT_MOST = timedelta(minutes=1)
SECOND_LOOKS = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24))
STILL_OPEN = sorted(status.value for status in UNRESOLVED | {OrderStatus.NEVER_PLACED})

Clock = Callable[[], datetime]


class KeyUnreadable(ExchangeUnavailable):
    """The exchange cannot be asked, because the key cannot be decrypted."""


def orders_to_recover(now: datetime) -> QuerySet[Order]:
    """Orders whose fate is open and may be asked for now."""
    due = Q(next_look_at=None) | Q(next_look_at__lte=now)
    # Its lease ran out, was given back, or is somebody else's by now.
    current = "bot__lease__lease_until", "bot__lease__token"
    sender_gone = (
        Q(lease_until__lt=now) | Q((f"{current[0]}__lt", now)) | Q((f"{current[1]}__gt", F("lease_token")))
    )
    unsent = Q(status__in=[OrderStatus.PLANNED.value, OrderStatus.SENDING.value]) & sender_gone
    in_doubt = Q(status__in=[OrderStatus.UNKNOWN.value, OrderStatus.HELD.value]) & due
    resting = Q(status__in=[OrderStatus.OPEN.value, OrderStatus.PARTIAL.value]) & due
    second_look = Q(status=OrderStatus.NEVER_PLACED.value, next_look_at__lte=now)
    # Named once more on its own, the status leads to an index: of a million orders, few are open.
    still_open = Order.objects.filter(status__in=STILL_OPEN)
    found: QuerySet[Order] = still_open.filter(unsent | in_doubt | resting | second_look)
    return found.select_related("exchange_key", "trade")


def abandon_unsent(orders: Iterable[Order], held: lease.Held, now: datetime) -> list[Order]:
    """Set aside what was planned and never sent; the orders that the exchange must be asked about."""
    to_ask = []
    for order in orders:
        if order.status == OrderStatus.PLANNED.value:
            _change(order, held, now, OrderStatus.ABANDONED, resolved_at=now)
        else:
            to_ask.append(order)
    return to_ask


def recover_order(order: Order, held: lease.Held, session: Session, clock: Clock) -> None:
    """Ask the exchange about one order and record what it says. Raises LeaseLost only."""
    try:
        found = session.find_order(order.symbol, order.client_order_id)
        if found is not None:
            _adopt(order, found, held, session, clock)
            _cancel_if_wanted(order, held, session, clock)
            return
    except ExchangeError as error:
        if isinstance(error, KeyRefused):
            mark_invalid(order.exchange_key, error)
        hold_order(order, held, error, clock())
        return
    _count_not_found(order, held, clock())


def hold_order(order: Order, held: lease.Held, error: ExchangeError, now: datetime) -> None:
    """The exchange cannot be asked (a ban, a revoked key, no network): hold, tell the user, ask again later."""
    if order.status not in {status.value for status in IN_DOUBT}:
        Order.objects.filter(pk=order.pk).update(next_look_at=now + HELD_ASK_AGAIN_AFTER)
        return
    was_held = order.status == OrderStatus.HELD.value
    code = _hold_code(error).value
    changes = {"refusal_code": code, "refusal_reason": str(error)[:300]}
    _change(order, held, now, OrderStatus.HELD, next_look_at=now + _patience(order, now), **changes)
    if not was_held:
        details = {"reason": str(error), "code": code, "order": order.client_order_id}
        ledger_event.send(Order, order=order, kind="order_held", details=details)


def _hold_code(error: ExchangeError) -> HoldCode:
    match error:
        case KeyRefused():
            return HoldCode.KEY_REFUSED
        case KeyUnreadable():
            return HoldCode.KEY_UNREADABLE
        case RateLimited():
            return HoldCode.RATE_LIMITED
        case _:
            return HoldCode.NO_ANSWER


def _patience(order: Order, now: datetime) -> timedelta:
    """The longer it has been held, the less often it is asked for."""
    in_doubt_for = now - (order.in_doubt_since or now)
    return min(max(in_doubt_for / 4, HELD_ASK_AGAIN_AFTER), HELD_ASK_AGAIN_AT_MOST_AFTER)


def _adopt(order: Order, found: ExchangeOrder, held: lease.Held, session: Session, clock: Clock) -> None:
    fills = session.list_order_fills(order.symbol, found.exchange_order_id)
    before = OrderStatus(order.status)
    if before is OrderStatus.NEVER_PLACED:
        halt_key(order.exchange_key, "order_adopted", clock())
        if not is_complete(found, fills) and _is_replaced(order):
            Order.objects.filter(pk=order.pk).update(next_look_at=clock() + HELD_ASK_AGAIN_AFTER)
            return
    import_order(order, found, fills, held, clock())
    if before is OrderStatus.NEVER_PLACED:
        ledger_event.send(Order, order=order, kind="order_adopted", details={})
    elif before in IN_DOUBT:
        ledger_event.send(Order, order=order, kind="order_resolved", details={"status": order.status})


def _is_replaced(order: Order) -> bool:
    """Whether the bot has another unresolved entry by now: the ledger has room for one, so the older waits for its end."""
    unresolved = Order.objects.filter(bot_id=order.bot_id, symbol=order.symbol, status__in=UNRESOLVED_VALUES)
    entries = unresolved.filter(leg=Leg.ENTRY.value)
    return order.leg == Leg.ENTRY.value and entries.exclude(pk=order.pk).exists()


def _cancel_if_wanted(order: Order, held: lease.Held, session: Session, clock: Clock) -> None:
    """Cancel what rests at the exchange and import what it then says.

    Nothing is stored beforehand: killed in between, the next look finds the order as the exchange left it. A fill that
    wins the race against the cancel is imported like any other.
    """
    if not _is_to_be_cancelled(order, clock()):
        return
    session.cancel_order(order.symbol, order.client_order_id)
    found = session.find_order(order.symbol, order.client_order_id)
    if found is not None:
        _adopt(order, found, held, session, clock)


def _is_to_be_cancelled(order: Order, now: datetime) -> bool:
    if order.status not in {status.value for status in RESTING}:
        return False
    overdue = order.leg == Leg.ENTRY.value and now - order.created_at > ENTRY_RESTS_AT_MOST
    return overdue or order.cancel_requested_at is not None


def _count_not_found(order: Order, held: lease.Held, now: datetime) -> None:
    """The exchange says it has no such order. That counts for good only three times, the last long after the send."""
    status = OrderStatus(order.status)
    if status is OrderStatus.NEVER_PLACED:
        _plan_second_look(order, held, now)
        return
    if status not in IN_DOUBT:
        # It was acknowledged or even filled before: an exchange that forgets it now is not believed.
        Order.objects.filter(pk=order.pk).update(next_look_at=now + HELD_ASK_AGAIN_AFTER)
        return
    count = order.not_found_count + 1
    settled = order.sign_deadline is not None and now > order.sign_deadline + SETTLED_AFTER
    if count >= NOT_FOUND_NEEDED and settled:
        first_look = now + SECOND_LOOKS[0]
        _change(
            order,
            held,
            now,
            OrderStatus.NEVER_PLACED,
            not_found_count=0,
            next_look_at=first_look,
            resolved_at=now,
        )
        ledger_event.send(Order, order=order, kind="order_resolved", details={"status": "NEVER_PLACED"})
        return
    _change(order, held, now, OrderStatus.UNKNOWN, not_found_count=count, next_look_at=now + ASK_AGAIN_AFTER)


def _plan_second_look(order: Order, held: lease.Held, now: datetime) -> None:
    looks = order.not_found_count + 1
    resolved_at = order.resolved_at or now
    next_look_at = resolved_at + SECOND_LOOKS[looks] if looks < len(SECOND_LOOKS) else None
    _change(order, held, now, OrderStatus.NEVER_PLACED, not_found_count=looks, next_look_at=next_look_at)


def _change(order: Order, held: lease.Held, now: datetime, status: OrderStatus, **changes: object) -> None:
    """Move an order on, if it still stands where it was read and the lease is ours."""
    with durable_transaction():
        lease.fence(held, now)
        as_read = Order.objects.filter(pk=order.pk, status=order.status)
        if not as_read.update(status=status.value, updated_at=now, **changes):
            raise lease.LeaseLost
    order.refresh_from_db()
