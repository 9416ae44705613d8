"""What executions and closings do to orders and balances. Pure: an order in, a new one and changes out.

An order holds back (`locked`) what it may still spend: quote for a buy, base for a sell. Executions spend
from what is held back; whatever the order no longer needs returns to the free balance in the same change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal

from .balances import BalanceChange
from .instruments import Instrument
from .matching import Execution, total_lots, total_value
from .orders import ZERO, Fill, Order, OrderRequest, OrderStatus, Side
from .rules import Bound, RuleViolationError

FEE_RATE = Decimal("0.001")
_FEE_STEP = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Settlement:
    """The order afterwards, its new fills (ids and order ids still 0) and what changes on the account."""

    order: Order
    fills: list[Fill]
    change: BalanceChange


def spent_asset(instrument: Instrument, side: Side) -> str:
    return instrument.quote if side is Side.BUY else instrument.base


def received_asset(instrument: Instrument, side: Side) -> str:
    return instrument.base if side is Side.BUY else instrument.quote


def new_order(
    instrument: Instrument,
    account_id: int,
    request: OrderRequest,
    executions: Sequence[Execution],
    now_ms: int,
) -> Order:
    """The order a request makes, nothing executed yet, holding back all it may spend."""
    quantity = request.quantity or instrument.quantity(total_lots(executions))
    if not quantity:
        raise RuleViolationError("LOT_SIZE", Bound.MINIMUM)
    return Order(
        id=0,
        account_id=account_id,
        symbol=request.symbol,
        client_order_id=request.client_order_id,
        side=request.side,
        type=request.type,
        time_in_force=request.time_in_force,
        price=request.price or ZERO,
        quantity=quantity,
        quote_quantity=request.quote_quantity or ZERO,
        executed_quantity=ZERO,
        executed_quote=ZERO,
        status=OrderStatus.NEW,
        locked=_to_hold_back(instrument, request, quantity, executions),
        created_ms=now_ms,
        updated_ms=now_ms,
    )


def _to_hold_back(
    instrument: Instrument, request: OrderRequest, quantity: Decimal, executions: Sequence[Execution]
) -> Decimal:
    if request.side is Side.SELL:
        return quantity
    if request.price is not None:
        return request.price * quantity
    return request.quote_quantity or total_value(instrument, executions)


def reserve(instrument: Instrument, order: Order) -> BalanceChange:
    """Hold back what a new order may spend."""
    change = BalanceChange()
    change.add(spent_asset(instrument, order.side), free=-order.locked, locked=order.locked)
    return change


def settle_executions(
    instrument: Instrument, order: Order, executions: Sequence[Execution], *, is_maker: bool, now_ms: int
) -> Settlement:
    """Book executions on an order; what cannot rest afterwards expires, unless it is still held from the market."""
    change, fills, spent = BalanceChange(), [], ZERO
    for execution in executions:
        fill = _make_fill(instrument, order, execution, is_maker, now_ms)
        fills.append(fill)
        received = fill.quantity if fill.is_buyer else fill.quote_quantity
        change.add(fill.fee_asset, free=received - fill.fee)
        spent += fill.quote_quantity if fill.is_buyer else fill.quantity
    after = _add_fills(order, fills, order.locked - spent, now_ms)
    asset = spent_asset(instrument, order.side)
    change.add(asset, free=order.locked - spent - after.locked, locked=after.locked - order.locked)
    return Settlement(after, fills, change)


def close_order(instrument: Instrument, order: Order, status: OrderStatus, now_ms: int) -> Settlement:
    """End an order with nothing more executed, releasing what it held back."""
    change = BalanceChange()
    change.add(spent_asset(instrument, order.side), free=order.locked, locked=-order.locked)
    closed = replace(order, status=status, locked=ZERO, updated_ms=now_ms, deferred_until=None)
    return Settlement(closed, [], change)


def _make_fill(
    instrument: Instrument, order: Order, execution: Execution, is_maker: bool, now_ms: int
) -> Fill:
    price, quantity = instrument.price(execution.ticks), instrument.quantity(execution.lots)
    received = quantity if order.side is Side.BUY else price * quantity
    return Fill(
        id=0,
        order_id=order.id,
        account_id=order.account_id,
        symbol=order.symbol,
        price=price,
        quantity=quantity,
        quote_quantity=price * quantity,
        fee=(received * FEE_RATE).quantize(_FEE_STEP, ROUND_DOWN),
        fee_asset=received_asset(instrument, order.side),
        time_ms=now_ms,
        is_buyer=order.side is Side.BUY,
        is_maker=is_maker,
    )


def _add_fills(order: Order, fills: Sequence[Fill], unspent: Decimal, now_ms: int) -> Order:
    executed = order.executed_quantity + sum((fill.quantity for fill in fills), ZERO)
    quantity = _quantity_after(order, executed)
    status = _status_after(order, executed, quantity)
    after = replace(
        order,
        quantity=quantity,
        executed_quantity=executed,
        executed_quote=order.executed_quote + sum((fill.quote_quantity for fill in fills), ZERO),
        status=status,
        locked=ZERO,
        updated_ms=now_ms,
    )
    if not after.is_open:
        return replace(after, deferred_until=None)
    return replace(after, locked=unspent if order.deferred_until is not None else _held_at_rest(after))


def _held_at_rest(order: Order) -> Decimal:
    return order.remaining * order.price if order.side is Side.BUY else order.remaining


def _quantity_after(order: Order, executed: Decimal) -> Decimal:
    """By quote amount it is what was executed in the end, and until then no less."""
    if not order.is_by_quote:
        return order.quantity
    return executed if order.deferred_until is None else max(order.quantity, executed)


def _status_after(order: Order, executed: Decimal, quantity: Decimal) -> OrderStatus:
    is_held = order.deferred_until is not None
    if executed and executed >= quantity and not (is_held and order.is_by_quote):
        return OrderStatus.FILLED
    if not (is_held or order.can_rest):
        return OrderStatus.EXPIRED
    return OrderStatus.PARTIALLY_FILLED if executed else OrderStatus.NEW
