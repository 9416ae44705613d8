"""Taking over what an exchange says of an order: its status, its fills by their ids, and the trade they make.

Every function here may be repeated with the same, older or newer answers; the result is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from exchanges.domain import ExchangeFill, ExchangeOrder, ExchangeOrderStatus
from saas.exact_decimal import plain
from saas.prepared import Insertion, Parameter, Prepared
from trades import lease
from trades.domain import OrderStatus, PositionFill
from trades.durability import durable_transaction
from trades.models import Fill, Order
from trades.projection import ORDER, count_fills, project_trade
from trades.rates import rate_for_fill
from trades.signals import ledger_event

POLL_AFTER = timedelta(seconds=2)
TERMINAL = frozenset(
    {
        ExchangeOrderStatus.FILLED,
        ExchangeOrderStatus.CANCELED,
        ExchangeOrderStatus.EXPIRED,
        ExchangeOrderStatus.REJECTED,
    }
)


# An order that ended with all its fills stays so, whatever an older answer says of it.
ENDED = frozenset({OrderStatus.FILLED.value, OrderStatus.CANCELED.value, OrderStatus.EXPIRED.value})


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of one fill's moment: display currency per quote asset, and quote asset per fee asset."""

    display: Decimal | None
    fee: Decimal | None


def import_order(
    order: Order, found: ExchangeOrder, fills: Sequence[ExchangeFill], held: lease.Held, now: datetime
) -> None:
    """Record the exchange's word on an order and the trade that follows from it, in one transaction.

    An order counts as ended only when the fills we have add up to what the exchange says was filled; until then it is
    asked for again.
    """
    known = _known_ids(order, fills)
    fresh = {fill.exchange_fill_id: fill for fill in fills if fill.exchange_fill_id not in known}
    # Rates may need the network; no transaction is open yet.
    rows = [Insertion(_fill_of(order, fill, _rates(order, fill, now))) for fill in fresh.values()]
    with durable_transaction():
        lease.fence(held, now)
        for row in rows:
            row.run()
        counted = count_fills(order)
        own = [one.fill for one in counted if one.order_id == order.pk]
        ended = _update_order(order, found, own, now)
        trade_closed = project_trade(order, counted)
        _announce(order, own if rows else [], ended, trade_closed)


def _known_ids(order: Order, fills: Sequence[ExchangeFill]) -> frozenset[str]:
    """Of these fills the ones that are in the ledger, with whatever order."""
    if not fills:
        return frozenset()
    names = {f"fill{number}": fill.exchange_fill_id for number, fill in enumerate(fills)}
    rows = _stored(len(fills)).rows(key=order.exchange_key_id, symbol=order.symbol, **names)
    return frozenset(name for (name,) in rows)


# Nearly every order has one fill or a few.
@lru_cache(maxsize=16)
def _stored(count: int) -> Prepared[tuple[str]]:
    names = [Parameter(f"fill{number}") for number in range(count)]
    return Prepared(
        lambda: (
            Fill.objects.filter(
                exchange_key=Parameter("key"), symbol=Parameter("symbol"), exchange_fill_id__in=names
            )
            .order_by()
            .values_list("exchange_fill_id")
        )
    )


def is_complete(found: ExchangeOrder, fills: Sequence[ExchangeFill]) -> bool:
    """Whether an order has ended and these are all of its fills."""
    filled = sum((fill.quantity for fill in fills), Decimal())
    return found.status in TERMINAL and filled == found.filled_quantity


def _rates(order: Order, fill: ExchangeFill, now: datetime) -> Rates:
    venue = order.exchange_key.venue
    display = rate_for_fill(venue, order.quote, order.display_currency, fill.executed_at, now)
    if fill.fee_asset in (order.base, order.quote):
        return Rates(display, None)
    return Rates(display, rate_for_fill(venue, fill.fee_asset, order.quote, fill.executed_at, now))


def _fill_of(order: Order, fill: ExchangeFill, rates: Rates) -> Fill:
    return Fill(
        owner_id=order.owner_id,
        order=order,
        exchange_key_id=order.exchange_key_id,
        symbol=order.symbol,
        exchange_fill_id=fill.exchange_fill_id,
        side=fill.side.value,
        price=fill.price,
        quantity=fill.quantity,
        fee=fill.fee,
        fee_asset=fill.fee_asset,
        fee_rate=rates.fee,
        liquidity=fill.liquidity.value,
        executed_at=fill.executed_at,
        display_currency=order.display_currency,
        display_rate=rates.display,
    )


def _update_order(order: Order, found: ExchangeOrder, fills: Sequence[PositionFill], now: datetime) -> bool:
    """Set the order's status and quantities by its fills; whether it has ended by this answer."""
    filled = sum((fill.quantity for fill in fills), Decimal())
    ended = found.status in TERMINAL and filled == found.filled_quantity
    if order.status in ENDED and not ended and found.filled_quantity <= filled:
        return False
    changes = {
        "exchange_order_id": found.exchange_order_id,
        "filled_quantity": filled,
        "status": _status(found, filled, ended).value,
        "in_doubt_since": None,
        # What was told while it was in doubt is over.
        "refusal_code": "",
        "refusal_reason": "",
        "next_look_at": None if ended else now + POLL_AFTER,
        "resolved_at": now if ended else None,
        "updated_at": now,
    }
    ORDER.run(changes, order=order.pk)
    order.note(changes)
    return ended


def _status(found: ExchangeOrder, filled: Decimal, ended: bool) -> OrderStatus:
    if ended:
        return OrderStatus(found.status.value)
    return OrderStatus.PARTIAL if filled else OrderStatus.OPEN


def _announce(order: Order, fills: Sequence[PositionFill], ended: bool, trade_closed: bool) -> None:
    """Inside the transaction, so that what is told is true and what is true is told.

    `fills` are all of the order's, and none if it had them all before.
    """
    if ended and order.filled_quantity and fills:
        notional = sum((fill.price * fill.quantity for fill in fills), Decimal())
        price = (notional / order.filled_quantity).quantize(Decimal("1e-8"))
        details = {
            "side": order.side,
            "quantity": plain(order.filled_quantity),
            "base": order.base,
            "price": plain(price),
            "quote": order.quote,
        }
        ledger_event.send(Order, order=order, kind="order_filled", details=details)
    if ended and order.status != OrderStatus.FILLED.value:
        details = {
            "filled": plain(order.filled_quantity),
            "wanted": plain(order.quantity),
            "base": order.base,
        }
        ledger_event.send(Order, order=order, kind="order_ended_early", details=details)
    if trade_closed and order.trade is not None:
        details = {"pnl": plain(order.trade.realised_pnl), "quote": order.quote}
        ledger_event.send(Order, order=order, kind="trade_closed", details=details)
