"""What must be equal between an exchange's ledger and ours, and within ours. Pure: rows in, differences out.

    I1  every order at the exchange with our prefix is exactly one intent, and every acknowledged intent is there
    I2  the fills are equal to the last digit, none missing, none extra
    I3  at most one unresolved intent per bot and symbol
    I4  nothing is at the exchange for an intent that was never sent, or was refused
    I5  one send per client order id
    I6  an order's filled quantity and a trade's figures are those of their unique fills

Orders that are still moving are not judged by I1, I2 and I4: their two ledgers may differ for a moment.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from exchanges.domain import ExchangeFill, ExchangeOrder, ExchangeOrderStatus
from saas.exact_decimal import plain
from trades.audit_domain import NOT_SENT, Difference, Evidence, Kind, OwnOrder, OwnTrade
from trades.domain import IN_DOUBT, RESTING, UNRESOLVED, OrderStatus
from trades.pnl import Position, fold

ZERO = Decimal(0)
# Younger orders, and such as ended less long ago, may not be in all of an exchange's lists yet.
YOUNG = timedelta(minutes=1)
# Recovery asks about an open order every few seconds. One that is open for longer is compared as it stands.
LONG_UNRESOLVED = timedelta(hours=1)


def steady_orders(before: Iterable[OwnOrder], after: Iterable[OwnOrder]) -> list[OwnOrder]:
    """Those that were the same in two readings: only then a row and its fills, read one after the other, belong together."""
    earlier = {order.client_order_id: order for order in before}
    return [order for order in after if earlier.get(order.client_order_id) == order]


def steady_trades(before: Iterable[OwnTrade], after: Iterable[OwnTrade]) -> list[OwnTrade]:
    """Those whose fills and corrections were the same before and after their rows were read."""
    earlier = {trade.id: (trade.fills, trade.stocktakes) for trade in before}
    return [trade for trade in after if earlier.get(trade.id) == (trade.fills, trade.stocktakes)]


def is_settled(order: OwnOrder, asked_at: datetime) -> bool:
    """Whether nothing should move it any more, so that the exchange and we must agree on it."""
    last_moved = max(order.created_at, order.resolved_at or order.created_at)
    if order.status in IN_DOUBT or last_moved > asked_at - YOUNG:
        return False
    return order.status not in RESTING or order.created_at <= asked_at - LONG_UNRESOLVED


@dataclass(frozen=True, slots=True)
class _Theirs:
    """The exchange's side, found by what ours is found by."""

    orders: Mapping[str, Sequence[ExchangeOrder]]
    fills: Mapping[str, ExchangeFill]
    fills_of: Mapping[str, Sequence[ExchangeFill]]


def compare_ledgers(evidence: Evidence) -> list[Difference]:
    """I1, I2, I4 and I5 for one key and symbol."""
    theirs = _index(evidence)
    known = {order.client_order_id: order for order in evidence.ours}
    found = [*_find_unknown(theirs, known.keys() | set(evidence.elsewhere)), *_find_sent_twice(theirs, known)]
    for client_order_id, order in known.items():
        if client_order_id in evidence.settled:
            found += _compare_order(order, theirs)
    return found


def _index(evidence: Evidence) -> _Theirs:
    orders: dict[str, list[ExchangeOrder]] = {}
    for order in evidence.theirs:
        if order.client_order_id.startswith(evidence.prefix):
            orders.setdefault(order.client_order_id, []).append(order)
    fills = {fill.exchange_fill_id: fill for fill in evidence.fills}
    fills_of: dict[str, list[ExchangeFill]] = {}
    for fill in fills.values():
        fills_of.setdefault(fill.exchange_order_id, []).append(fill)
    return _Theirs(orders, fills, fills_of)


def check_own_rows(orders: Iterable[OwnOrder], trades: Iterable[OwnTrade]) -> list[Difference]:
    """I3 and I6, from what one consistent reading of our rows found."""
    listed = list(orders)
    return [
        *_find_unresolved_twice(listed),
        *(difference for order in listed for difference in _check_order_sum(order)),
        *(difference for trade in trades for difference in _check_trade_sum(trade)),
    ]


def _find_unknown(theirs: _Theirs, known: Collection[str]) -> Iterator[Difference]:
    for client_order_id in sorted(theirs.orders.keys() - known):
        order = theirs.orders[client_order_id][0]
        yield Difference(
            Kind.UNKNOWN_ORDER,
            order.symbol,
            client_order_id,
            order.created_at,
            subject=order.exchange_order_id,
            theirs=f"{order.status.value} {order.side.value} {plain(order.filled_quantity)}",
        )


def _find_sent_twice(theirs: _Theirs, known: Mapping[str, OwnOrder]) -> Iterator[Difference]:
    """Never excused by an order that still moves: a second order with the same id is one too many at any time."""
    for client_order_id, orders in theirs.orders.items():
        by_id = {order.exchange_order_id: order for order in orders}
        first, *others = sorted(by_id.values(), key=lambda order: (order.created_at, order.exchange_order_id))
        ours = known.get(client_order_id)
        for order in others:
            yield Difference(
                Kind.SENT_TWICE,
                order.symbol,
                client_order_id,
                order.created_at,
                ours.bot_id if ours else None,
                subject=order.exchange_order_id,
                ours=first.exchange_order_id,
                theirs=order.exchange_order_id,
            )


def _compare_order(order: OwnOrder, theirs: _Theirs) -> Iterator[Difference]:
    found = _counterpart(order, theirs)
    if order.status in NOT_SENT:
        yield from _check_not_sent(order, found)
    elif found is None:
        yield _difference(Kind.VANISHED_ORDER, order, order.exchange_order_id or "", "", order.status.value)
    else:
        yield from _compare_fields(order, found)
        yield from _compare_fills(order, found.exchange_order_id, theirs)


def _counterpart(order: OwnOrder, theirs: _Theirs) -> ExchangeOrder | None:
    """The exchange's order of our client order id; where it has two, the one whose id we have."""
    found = theirs.orders.get(order.client_order_id, ())
    exact = [one for one in found if one.exchange_order_id == order.exchange_order_id]
    return next(iter(exact or found), None)


def _check_not_sent(order: OwnOrder, found: ExchangeOrder | None) -> Iterator[Difference]:
    """An exchange may list what it refused; both sides then say so."""
    both_refused = order.status is OrderStatus.REJECTED and (
        found is not None and found.status is ExchangeOrderStatus.REJECTED
    )
    if found is not None and not both_refused:
        number, ours, theirs = found.exchange_order_id, order.status.value, found.status.value
        yield _difference(Kind.SENT_UNCOMMITTED, order, number, "", ours, theirs)


def _compare_fields(order: OwnOrder, found: ExchangeOrder) -> Iterator[Difference]:
    for name, ours, theirs in _order_fields(order, found):
        if ours != theirs:
            number = found.exchange_order_id
            yield _difference(Kind.ORDER_DIFFERS, order, number, name, _text(ours), _text(theirs))


def _order_fields(order: OwnOrder, found: ExchangeOrder) -> Iterator[tuple[str, object, object]]:
    yield "exchange_order_id", order.exchange_order_id, found.exchange_order_id
    yield "side", order.side, found.side
    yield "quantity", order.quantity, found.quantity
    yield "filled_quantity", order.filled_quantity, found.filled_quantity
    if order.status not in UNRESOLVED:
        yield "status", ExchangeOrderStatus(order.status.value), found.status


# An acknowledgement tells one moment for all that was executed with it, a list each fill's own.
ONE_MOMENT = timedelta(seconds=1)
FILL_FIELDS = (
    "exchange_order_id",
    "symbol",
    "side",
    "price",
    "quantity",
    "fee",
    "fee_asset",
    "liquidity",
    "executed_at",
)


def _compare_fills(order: OwnOrder, exchange_order_id: str, theirs: _Theirs) -> Iterator[Difference]:
    ours = {fill.exchange_fill_id: fill for fill in order.fills}
    for fill in theirs.fills_of.get(exchange_order_id, ()):
        if fill.exchange_fill_id not in ours:
            yield _difference(Kind.FILL_MISSING, order, fill.exchange_fill_id, "", "", _fill_text(fill))
    for number, fill in ours.items():
        if number in theirs.fills:
            yield from _compare_fill(order, fill, theirs.fills[number])
        else:
            yield _difference(Kind.FILL_EXTRA, order, number, "", _fill_text(fill))


def _compare_fill(order: OwnOrder, fill: ExchangeFill, other: ExchangeFill) -> Iterator[Difference]:
    for name in FILL_FIELDS:
        ours, theirs = getattr(fill, name), getattr(other, name)
        if not _agree(ours, theirs):
            number = fill.exchange_fill_id
            yield _difference(Kind.FILL_DIFFERS, order, number, name, _text(ours), _text(theirs))


def _agree(ours: object, theirs: object) -> bool:
    if isinstance(ours, datetime) and isinstance(theirs, datetime):
        return abs(ours - theirs) <= ONE_MOMENT
    return ours == theirs


def _find_unresolved_twice(orders: Iterable[OwnOrder]) -> Iterator[Difference]:
    first: dict[tuple[int, str], OwnOrder] = {}
    unresolved = (order for order in orders if order.status in UNRESOLVED)
    for order in sorted(unresolved, key=lambda order: (order.created_at, order.client_order_id)):
        earlier = first.setdefault((order.bot_id, order.symbol), order)
        if earlier is not order:
            yield _difference(Kind.UNRESOLVED_TWICE, order, earlier.client_order_id, "", order.status.value)


def _check_order_sum(order: OwnOrder) -> Iterator[Difference]:
    filled = sum((fill.quantity for fill in order.fills), ZERO)
    if filled != order.filled_quantity:
        yield _difference(
            Kind.ORDER_SUM, order, "", "filled_quantity", plain(order.filled_quantity), plain(filled)
        )
    if order.fills and order.trade_id is None:
        yield _difference(Kind.FILL_OF_NO_TRADE, order, "", "", plain(filled))


FIGURES: Mapping[str, Callable[[Position], Decimal | None]] = {
    "quantity": lambda position: position.net_bought,
    "held_quantity": lambda position: position.held,
    "entry_price": lambda position: position.entry_price,
    "exit_price": lambda position: position.exit_price,
    "cost": lambda position: position.cost,
    "proceeds": lambda position: position.proceeds,
    "fees": lambda position: position.fees,
    "realised_pnl": lambda position: position.realised,
    "realised_pnl_display": lambda position: position.realised_display,
    "corrected_quantity": lambda position: position.corrected,
    "corrected_cost": lambda position: position.corrected_cost,
}
# What a closed trade keeps and could not sell; an open one has none.
DUST: Mapping[str, Callable[[Position], Decimal | None]] = {
    "dust": lambda position: position.held,
    "dust_cost": lambda position: position.open_cost,
}


def _check_trade_sum(trade: OwnTrade) -> Iterator[Difference]:
    """One difference for a trade, however many of its figures are wrong: they have one cause."""
    position = fold(trade.fills, trade.base, trade.quote, trade.stocktakes)
    expected = {name: figure(position) for name, figure in FIGURES.items()}
    expected |= {name: figure(position) if trade.closed else ZERO for name, figure in DUST.items()}
    wrong = [name for name, figure in expected.items() if trade.figures[name] != figure]
    if wrong:
        yield Difference(
            Kind.TRADE_SUM,
            trade.symbol,
            "",
            trade.opened_at,
            trade.bot_id,
            subject=str(trade.id),
            ours=_figures_text(trade.figures, wrong),
            theirs=_figures_text(expected, wrong),
        )


def _figures_text(figures: Mapping[str, Decimal | None], names: Iterable[str]) -> str:
    return ", ".join(f"{name}={_text(figures[name]) or '-'}" for name in names)


def _difference(
    kind: Kind, order: OwnOrder, subject: str, field: str, ours: str, theirs: str = ""
) -> Difference:
    return Difference(
        kind,
        order.symbol,
        order.client_order_id,
        order.created_at,
        order.bot_id,
        subject,
        field,
        ours,
        theirs,
    )


def _fill_text(fill: ExchangeFill) -> str:
    return f"{fill.side.value} {plain(fill.quantity)} @ {plain(fill.price)}"


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return "" if value is None else str(value)
