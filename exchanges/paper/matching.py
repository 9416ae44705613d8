"""What an order executes against the book. Pure: levels in, executions out, all in ticks and lots."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from .book import Book, Level
from .instruments import Instrument
from .orders import ZERO, Order, OrderRequest, OrderType, Side, TimeInForce


class Execution(NamedTuple):
    ticks: int
    lots: int


def match_order(book: Book, request: OrderRequest) -> list[Execution]:
    """What a new order executes at once. All or nothing for fill-or-kill, nothing for maker-only."""
    instrument = book.instrument
    if request.type is OrderType.LIMIT_MAKER:
        return []
    if request.quote_quantity is not None:
        return take_value(instrument, book.opposite(request.side), request.quote_quantity)
    lots = instrument.to_lots(request.quantity or ZERO)
    if request.type is OrderType.MARKET:
        return take_lots(book.opposite(request.side), lots)
    executions = take_lots(within_limit(book, request.side, instrument.to_ticks(request.price or ZERO)), lots)
    if request.time_in_force is TimeInForce.FOK and total_lots(executions) < lots:
        return []
    return executions


def match_share(book: Book, order: Order, share: Fraction) -> list[Execution]:
    """What a share, in whole lots, of what is left of an order executes now, within what it holds back."""
    instrument = book.instrument
    executions = match_order(book, _request_rest(instrument, order, share))
    if order.side is Side.BUY:
        return within_budget(instrument, executions, order.locked)
    return take_lots((Level(*one) for one in executions), instrument.to_lots(order.locked))


def _request_rest(instrument: Instrument, order: Order, share: Fraction) -> OrderRequest:
    """The request that asks for a share of what is left of an order."""
    lots, value = instrument.to_lots(order.remaining), order.quote_quantity - order.executed_quote
    return OrderRequest(
        symbol=order.symbol,
        side=order.side,
        type=order.type,
        client_order_id=order.client_order_id,
        quantity=None if order.is_by_quote else instrument.quantity(share_of(lots, share)),
        quote_quantity=value * share.numerator / share.denominator if order.is_by_quote else None,
        price=order.price or None,
        time_in_force=order.time_in_force,
    )


def share_of(lots: int, share: Fraction) -> int:
    """A share of some lots, rounded up."""
    return ceil(lots * share)


def take_lots(levels: Iterable[Level], lots: int) -> list[Execution]:
    """Walk the levels until `lots` are done or the levels end."""
    executions = []
    for level in levels:
        if lots <= 0:
            break
        taken = min(lots, level.lots)
        executions.append(Execution(level.ticks, taken))
        lots -= taken
    return executions


def take_value(instrument: Instrument, levels: Iterable[Level], value: Decimal) -> list[Execution]:
    """Walk the levels, spending or raising at most `value` of the quote asset, in whole lots."""
    unit = instrument.tick_size * instrument.lot_size
    units = int(value / unit)
    executions = []
    for level in levels:
        taken = min(level.lots, units // level.ticks)
        if taken:
            executions.append(Execution(level.ticks, taken))
        if taken < level.lots:
            break
        units -= taken * level.ticks
    return executions


def within_limit(book: Book, side: Side, limit_ticks: int) -> list[Level]:
    """The opposite levels at the limit price or better."""
    levels = []
    for level in book.opposite(side):
        if level.ticks > limit_ticks if side is Side.BUY else level.ticks < limit_ticks:
            break
        levels.append(level)
    return levels


def fill_resting(book: Book, side: Side, limit_ticks: int, lots: int) -> int:
    """Lots of a resting order that trade in this second: what is offered at its price or better."""
    return min(lots, sum(level.lots for level in within_limit(book, side, limit_ticks)))


def total_lots(executions: Iterable[Execution]) -> int:
    return sum(execution.lots for execution in executions)


def total_value(instrument: Instrument, executions: Iterable[Execution]) -> Decimal:
    """The executions' worth in the quote asset."""
    units = sum(execution.ticks * execution.lots for execution in executions)
    return instrument.tick_size * instrument.lot_size * units


def within_budget(
    instrument: Instrument, executions: Iterable[Execution], budget: Decimal
) -> list[Execution]:
    """As many of the executions, in order, as cost no more than `budget` of the quote asset."""
    return take_value(instrument, (Level(*execution) for execution in executions), budget)
