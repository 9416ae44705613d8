"""Placing an order so that a process killed at any instruction loses, doubles and miscounts nothing.

    plan (A, durable) → mark as sending (B, durable) → send once, no transaction open → record the answer (C, durable)

C has the fills too where the exchange tells them all with its acknowledgement; else they are asked for and imported next.

What is committed before the bytes leave is enough for `recovery` to find out what became of the order. A client order id
is used for one send, ever. Only documented refusals count as a no; everything else stays in doubt until the exchange itself
has told.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet

from exchanges.domain import Acknowledgement, ExchangeOrder, Instrument, OrderRequest, OrderType, Side
from exchanges.errors import ExchangeError, OrderRefused, OrderStatusUnknown
from exchanges.gateway import NOT_SENT, Session
from exchanges.rate_budget import Purpose, asking
from saas.prepared import Insertion, Parameter, PreparedUpdate
from trades import halts, lease
from trades.domain import UNRESOLVED_VALUES, Leg, OrderIntent, OrderStatus
from trades.durability import durable_transaction
from trades.funds import Funds, reserve
from trades.imports import import_order, is_complete
from trades.models import Order
from trades.signals import ledger_event
from users.models import ExchangeAPIKey

# From the commit of SENDING to the signature. Later the order is not sent at all.
SIGN_WITHIN = timedelta(seconds=5)
# Signature, a request of at most 10 s, and room: a lease that ends sooner does not send.
SEND_BUDGET = timedelta(seconds=20)
LOOK_AGAIN_AFTER = timedelta(seconds=2)
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"

Clock = Callable[[], datetime]


def _planned() -> QuerySet[Order]:
    found: QuerySet[Order] = Order.objects.filter(status=OrderStatus.PLANNED.value)
    return found


PLANNED = PreparedUpdate(lambda: _planned().filter(pk=Parameter("order")))
ALLOWED_ENTRY = PreparedUpdate(lambda: halts.without_halted(_planned().filter(pk=Parameter("order"))))
SENDING = PreparedUpdate(
    lambda: Order.objects.filter(pk=Parameter("order"), status=OrderStatus.SENDING.value)
)


class AlreadyDecided(Exception):
    """This decision, or an unresolved entry for this symbol, is in the ledger already: a repeated message."""


class EntriesHalted(Exception):
    """Somebody has halted entries since this one was decided; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Placement:
    """For whom and with what an order is placed."""

    bot_id: int
    key: ExchangeAPIKey
    instrument: Instrument
    display_currency: str


def new_client_order_id(bot_id: int) -> str:
    """30 characters of a-z and 0-9: our prefix, the bot, and 64 random bits."""
    return f"{client_order_prefix()}{_base36(bot_id):0>5}{secrets.token_hex(8)}"


def client_order_prefix() -> str:
    """What every order of this installation begins with, and no other's does."""
    return f"cdm{settings.INSTALLATION_ID}"


def bot_number_of(client_order_id: str) -> int | None:
    """The bot that an order of this installation's was made for; None for an id that is not ours."""
    found = re.fullmatch(f"{re.escape(client_order_prefix())}([0-9a-z]{{5}})[0-9a-f]{{16}}", client_order_id)
    return int(found[1], 36) if found else None


def request_cancel(orders: QuerySet[Order], now: datetime) -> int:
    """Ask that what is unresolved of these orders be cancelled, which recovery does within seconds; how many."""
    open_ones = orders.filter(status__in=UNRESOLVED_VALUES, cancel_requested_at=None)
    return open_ones.update(cancel_requested_at=now, next_look_at=now)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = BASE36[digit] + digits
    return digits


def place_order(
    intent: OrderIntent,
    placement: Placement,
    held: lease.Held,
    session: Session,
    clock: Clock,
    funds: Funds | None = None,
) -> Order:
    """Take an intent through the whole protocol; the order with what is known of it afterwards.

    Raises AlreadyDecided, EntriesHalted, LeaseLost and, if `funds` are given, FundsTaken, all before anything is sent. An
    exchange's refusal or silence is no exception: it is in the order's status, and an order in doubt is settled by
    recovery.
    """
    order = _plan(intent, placement, held, clock(), funds)
    try:
        deadline = _mark_sending(order, held, clock())
    except EntriesHalted:
        _abandon(order, held, clock())
        raise
    try:
        said = session.send_order(_request_of(order), deadline=deadline, now=clock)
    except OrderRefused as refusal:
        _record_refusal(order, held, refusal, clock())
    except OrderStatusUnknown as doubt:
        _record_doubt(order, held, doubt, clock())
    else:
        if not _record_acknowledgement(order, said, held, clock):
            _import_fills(order, held, session, clock)
    return order


def _plan(
    intent: OrderIntent, placement: Placement, held: lease.Held, now: datetime, funds: Funds | None
) -> Order:
    """Transaction A: the intent is in the ledger before anybody outside hears of it, its funds set aside."""
    order = _intended(intent, placement, held, now)
    row = Insertion(order)
    try:
        with durable_transaction(urgent=True):
            lease.fence(held, now)
            if intent.leg is Leg.ENTRY and halts.is_entry_halted(placement.bot_id, placement.key):
                raise EntriesHalted
            if funds is not None:
                reserve(funds, placement.key, intent)
            row.run()
    except IntegrityError as error:
        raise AlreadyDecided(str(error)) from None
    return order


def _intended(intent: OrderIntent, placement: Placement, held: lease.Held, now: datetime) -> Order:
    return Order(
        owner_id=placement.key.owner_id,
        bot_id=placement.bot_id,
        exchange_key=placement.key,
        trade_id=intent.trade_id,
        symbol=intent.symbol,
        base=placement.instrument.base,
        quote=placement.instrument.quote,
        lot_size=placement.instrument.lot_size,
        side=intent.side.value,
        type=OrderType.MARKET.value,
        leg=intent.leg.value,
        reason=intent.reason.value,
        quantity=intent.quantity,
        reference_price=intent.reference_price,
        client_order_id=new_client_order_id(placement.bot_id),
        decision_key=intent.decision_key,
        lease_token=held.token,
        lease_until=lease.fenced_until(now),
        display_currency=placement.display_currency,
        created_at=now,
    )


def _mark_sending(order: Order, held: lease.Held, now: datetime) -> datetime:
    """Transaction B: from here on the order may exist. Returns until when it may be signed."""
    deadline = now + SIGN_WITHIN
    with durable_transaction(urgent=True):
        lease_until = lease.fence(held, now)
        if lease_until < now + SEND_BUDGET:
            raise lease.LeaseLost
        changes = {
            "status": OrderStatus.SENDING.value,
            "sign_deadline": deadline,
            "lease_until": lease_until,
            "in_doubt_since": now,
            "updated_at": now,
        }
        if not _change_allowed(order, changes):
            raise EntriesHalted if _planned().filter(pk=order.pk).exists() else lease.LeaseLost
    order.note(changes)
    return deadline


def _change_allowed(order: Order, changes: Mapping[str, object]) -> int:
    """An exit is always allowed."""
    if order.leg == Leg.ENTRY.value:
        return ALLOWED_ENTRY.run(changes, order=order.pk, **halts.whose(order.bot_id, order.exchange_key))
    return PLANNED.run(changes, order=order.pk)


def _abandon(order: Order, held: lease.Held, now: datetime) -> None:
    with durable_transaction():
        lease.fence(held, now)
        changes = {"status": OrderStatus.ABANDONED.value, "resolved_at": now, "updated_at": now}
        PLANNED.run(changes, order=order.pk)


def _request_of(order: Order) -> OrderRequest:
    return OrderRequest(
        symbol=order.symbol,
        side=Side(order.side),
        type=OrderType(order.type),
        quantity=order.quantity,
        limit_price=order.limit_price,
        client_order_id=order.client_order_id,
    )


@asking(Purpose.RECOVERY)
def _record_acknowledgement(order: Order, said: Acknowledgement, held: lease.Held, clock: Clock) -> bool:
    """Transaction C, with all that was executed if all of it was told; whether it was.

    Where the rate of a fill has to be asked and nobody answers, the acknowledgement alone is recorded.
    """
    told = said.execution
    if told is not None and is_complete(told.order, told.fills):
        with suppress(ExchangeError):
            import_order(order, told.order, told.fills, held, clock())
            return True
    now = clock()
    changes = {"exchange_order_id": said.exchange_order_id, "in_doubt_since": None, "next_look_at": now}
    _leave_sending(order, held, now, OrderStatus.OPEN, **changes)
    return False


def _record_refusal(order: Order, held: lease.Held, refusal: OrderRefused, now: datetime) -> None:
    changes = {
        "refusal_code": refusal.code[:40],
        "refusal_reason": refusal.reason[:300],
        "in_doubt_since": None,
    }
    _leave_sending(order, held, now, OrderStatus.REJECTED, resolved_at=now, **changes)
    kind, reason = "order_refused", str(refusal)
    if refusal.code == NOT_SENT:
        kind, reason = "order_not_sent", refusal.reason
    ledger_event.send(Order, order=order, kind=kind, details={"reason": reason})


def _record_doubt(order: Order, held: lease.Held, doubt: OrderStatusUnknown, now: datetime) -> None:
    changes = {"refusal_reason": doubt.reason[:300], "next_look_at": now + LOOK_AGAIN_AFTER}
    _leave_sending(order, held, now, OrderStatus.UNKNOWN, **changes)
    ledger_event.send(Order, order=order, kind="order_unknown", details={"reason": str(doubt)})


def _leave_sending(
    order: Order, held: lease.Held, now: datetime, status: OrderStatus, **changes: object
) -> None:
    """If it fails the row stays SENDING and recovery owns it."""
    with durable_transaction():
        lease.fence(held, now)
        written = {"status": status.value, "updated_at": now, **changes}
        if not SENDING.run(written, order=order.pk):
            raise lease.LeaseLost
    order.note(written)


@asking(Purpose.RECOVERY)
def _import_fills(order: Order, held: lease.Held, session: Session, clock: Clock) -> None:
    """Ask for what was executed. A failure here loses nothing: the order is OPEN and recovery polls it."""
    try:
        found: ExchangeOrder | None = session.find_order(order.symbol, order.client_order_id)
        if found is not None:
            fills = session.list_order_fills(order.symbol, found.exchange_order_id)
            import_order(order, found, fills, held, clock())
    except ExchangeError:
        Order.objects.filter(pk=order.pk).update(next_look_at=clock() + LOOK_AGAIN_AFTER)
