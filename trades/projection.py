"""A Trade as the sum of its orders' fills, less its corrections. Called inside the transaction that changed either."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from exchanges.domain import Liquidity, Side
from saas.prepared import Parameter, Prepared, PreparedUpdate, insert
from trades import lease
from trades.domain import UNRESOLVED_VALUES, Leg, PositionFill, Reason, Stocktake, TradeStatus
from trades.durability import durable_transaction
from trades.models import Fill, Order, PositionCorrection, Trade
from trades.pnl import Position, fold

ZERO = Decimal(0)
COUNTED_COLUMNS = (
    *("pk", "order_id", "order__reason"),
    *("exchange_fill_id", "side", "price", "quantity", "fee", "fee_asset", "liquidity", "executed_at"),
    *("display_rate", "fee_rate", "order__created_at"),
)


def _counted(**which: Parameter) -> QuerySet[Fill, tuple[Any, ...]]:
    return Fill.objects.filter(**which).order_by("executed_at", "pk").values_list(*COUNTED_COLUMNS)


FILLS_OF_ORDER = Prepared(lambda: _counted(order=Parameter("order")))
FILLS_OF_TRADE = Prepared(lambda: _counted(order__trade=Parameter("trade")))
STOCKTAKES = Prepared(
    lambda: (
        PositionCorrection.objects.filter(trade=Parameter("trade"))
        .order_by("at", "pk")
        .values_list("at", "left")
    )
)
UNRESOLVED_OF_TRADE = Prepared(
    lambda: Order.objects.filter(trade=Parameter("trade"), status__in=UNRESOLVED_VALUES).values_list("pk")
)
OPEN_TRADE: Prepared[Trade] = Prepared(
    lambda: Trade.objects.filter(
        bot=Parameter("bot"), symbol=Parameter("symbol"), status=TradeStatus.OPEN.value
    )
)
ORDER = PreparedUpdate(lambda: Order.objects.filter(pk=Parameter("order")))
TRADE = PreparedUpdate(lambda: Trade.objects.filter(pk=Parameter("trade")), version=F("version") + 1)
# All that follows from the fills and the corrections; nothing else of a trade changes but the peak that a stop follows.
PROJECTED = (
    *(
        "status",
        "opened_at",
        "closed_at",
        "exit_reason",
        "quantity",
        "held_quantity",
        "entry_price",
        "exit_price",
    ),
    *("cost", "proceeds", "fees", "realised_pnl", "realised_pnl_display", "display_rate"),
    *("corrected_quantity", "corrected_cost", "dust", "dust_cost", "updated_at"),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """A fill that is in the ledger, with its row, its order's row and why that was placed."""

    pk: int
    order_id: int
    reason: str
    fill: PositionFill


def count_fills(order: Order) -> list[Counted]:
    """The fills of an order and of the rest of its trade, as they were executed. One query."""
    if order.trade_id is None:
        return _count(FILLS_OF_ORDER.rows(order=order.pk))
    return _fills_of_trade(order.trade_id)


def _fills_of_trade(trade_id: int) -> list[Counted]:
    return _count(FILLS_OF_TRADE.rows(trade=trade_id))


def _count(rows: Iterable[tuple[Any, ...]]) -> list[Counted]:
    return [Counted(pk, order_id, reason, _position_fill(*row)) for pk, order_id, reason, *row in rows]


def _position_fill(fill_id: str, side: str, *rest: Any) -> PositionFill:
    price, quantity, fee, fee_asset, liquidity, *others = rest
    return PositionFill(fill_id, Side(side), price, quantity, fee, fee_asset, Liquidity(liquidity), *others)


def project_trade(order: Order, fills: Sequence[Counted] | None = None) -> bool:
    """Bring the order's trade up to its fills, opening it at the first one; whether it closed just now.

    `fills` is what `count_fills` says of the order now, where the caller has asked already.
    """
    counted = count_fills(order) if fills is None else fills
    if order.trade is not None:
        return _bring_up(order.trade, order, counted)
    if order.leg != Leg.ENTRY.value or not counted:
        return False
    # An entry comes late where it was given up for lost: the bot may have bought again meanwhile, and beside an open trade
    # there can be no second.
    beside = _open_trade_of(order.bot_id, order.symbol)
    if beside is None:
        return _open_trade(order, counted)
    _link(order, beside)
    return _bring_up(beside, order, count_fills(order))


def _bring_up(trade: Trade, order: Order, fills: Sequence[Counted]) -> bool:
    was_open = trade.status == TradeStatus.OPEN.value
    position = _fold(trade, fills, _stocktakes(trade))
    if not was_open and _can_be_sold_again(trade, position):
        trade.status, trade.closed_at, trade.exit_reason = TradeStatus.OPEN.value, None, ""
    _apply(trade, position)
    _stretch(trade, order, fills)
    if was_open and _is_over(trade):
        _close(trade, position, _exit_reason(order, fills), fills)
    elif trade.exit_reason == Reason.MANUAL.value and not position.corrected:
        # A sale of ours that turned up late explains all that was missing.
        trade.exit_reason = order.reason
    _store(trade)
    return was_open and trade.status == TradeStatus.CLOSED.value


def _open_trade(order: Order, fills: Sequence[Counted]) -> bool:
    """A new trade of an entry's first fills; whether it is over at once, for they come to less than can be sold."""
    trade = _new_trade(order, fills[0].fill)
    position = _fold(trade, fills)
    _apply(trade, position)
    insert(trade)
    _link(order, trade)
    if not _is_over(trade):
        return False
    _close(trade, position, order.reason, fills)
    _store(trade)
    return True


def _store(trade: Trade) -> None:
    trade.updated_at = timezone.now()
    TRADE.run({name: getattr(trade, name) for name in PROJECTED}, trade=trade.pk)


def _link(order: Order, trade: Trade) -> None:
    order.trade = trade
    ORDER.run({"trade": trade.pk}, order=order.pk)


def close_as_dust(trade: Trade, reason: str, held: lease.Held, now: datetime) -> None:
    """End a trade whose rest the exchange would not let anybody sell. Raises LeaseLost."""
    with durable_transaction():
        lease.fence(held, now)
        fills = _fills_of_trade(trade.pk)
        position = _fold(trade, fills, _stocktakes(trade))
        _apply(trade, position)
        _close(trade, position, reason, fills)
        _store(trade)


def correct_trade(trade: Trade, gone: Decimal, at: datetime, held: lease.Held, now: datetime) -> bool:
    """Record that so much of a trade's coins has left the account; whether the trade ended by it. Raises LeaseLost.

    `at` is when that was first seen: what is sold from then on is sold of what was left.
    """
    with durable_transaction():
        lease.fence(held, now)
        _insert_correction(trade, gone, at, now)
        fills = _fills_of_trade(trade.pk)
        position = _fold(trade, fills, _stocktakes(trade))
        _apply(trade, position)
        if position.held < trade.lot_size:
            _close(trade, position, Reason.MANUAL.value, fills)
            trade.closed_at = max(trade.closed_at or at, at)
        _store(trade)
    return trade.status == TradeStatus.CLOSED.value


def _insert_correction(trade: Trade, gone: Decimal, at: datetime, now: datetime) -> None:
    orders = trade.orders.values_list("created_at", flat=True)
    PositionCorrection.objects.create(
        owner_id=trade.owner_id,
        trade=trade,
        # An adopted order was made by the exchange's clock, which may be ahead; the orders that we have came before.
        at=max(at, *orders),
        quantity=gone,
        left=trade.held_quantity - gone,
        created_at=now,
    )


def _fold(trade: Trade, fills: Iterable[Counted], stocktakes: Iterable[Stocktake] = ()) -> Position:
    return fold((counted.fill for counted in fills), trade.base, trade.quote, stocktakes)


def _stocktakes(trade: Trade) -> list[Stocktake]:
    return [Stocktake(at, left) for at, left in STOCKTAKES.rows(trade=trade.pk)]


def position_fills(fills: Iterable[Fill]) -> list[PositionFill]:
    return [
        PositionFill(
            exchange_fill_id=fill.exchange_fill_id,
            side=Side(fill.side),
            price=fill.price,
            quantity=fill.quantity,
            fee=fill.fee,
            fee_asset=fill.fee_asset,
            liquidity=Liquidity(fill.liquidity),
            executed_at=fill.executed_at,
            display_rate=fill.display_rate,
            fee_rate=fill.fee_rate,
            ordered_at=fill.order.created_at,
        )
        for fill in fills
    ]


def _open_trade_of(bot_id: int, symbol: str) -> Trade | None:
    return OPEN_TRADE.first(bot=bot_id, symbol=symbol)


def _new_trade(order: Order, first: PositionFill) -> Trade:
    return Trade(
        owner_id=order.owner_id,
        bot_id=order.bot_id,
        exchange_key_id=order.exchange_key_id,
        symbol=order.symbol,
        base=order.base,
        quote=order.quote,
        lot_size=order.lot_size,
        opened_at=first.executed_at,
        display_currency=order.display_currency,
        peak_price=first.price,
    )


def _can_be_sold_again(trade: Trade, position: Position) -> bool:
    """A late fill brought a closed trade more than its dust: it opens again, unless its bot has another one open."""
    return (
        position.held > trade.dust
        and position.held >= trade.lot_size
        and _open_trade_of(trade.bot_id, trade.symbol) is None
    )


def _apply(trade: Trade, position: Position) -> None:
    trade.quantity = position.net_bought
    trade.held_quantity = position.held
    trade.entry_price = position.entry_price
    trade.exit_price = position.exit_price
    trade.cost = position.cost
    trade.proceeds = position.proceeds
    trade.fees = position.fees
    trade.realised_pnl = position.realised
    trade.realised_pnl_display = position.realised_display
    trade.display_rate = position.display_rate
    trade.corrected_quantity, trade.corrected_cost = position.corrected, position.corrected_cost
    trade.dust_cost = position.open_cost if trade.status == TradeStatus.CLOSED.value else ZERO
    trade.dust = position.held if trade.status == TradeStatus.CLOSED.value else ZERO


def _is_over(trade: Trade) -> bool:
    """Nothing is left that could be sold, and no order could still change that."""
    if not trade.proceeds and trade.held_quantity:
        return False
    return trade.held_quantity < trade.lot_size and not UNRESOLVED_OF_TRADE.exists(trade=trade.pk)


def _close(trade: Trade, position: Position, reason: str, fills: Sequence[Counted]) -> None:
    trade.status = TradeStatus.CLOSED.value
    trade.closed_at = fills[-1].fill.executed_at if fills else trade.opened_at
    trade.exit_reason = reason
    trade.dust, trade.dust_cost = position.held, position.open_cost


def _stretch(trade: Trade, order: Order, fills: Iterable[Counted]) -> None:
    """A trade lasts from its first fill to its last, in whatever order they arrive."""
    moments = [counted.fill.executed_at for counted in fills if counted.order_id == order.pk]
    trade.opened_at = min([trade.opened_at, *moments])
    if trade.closed_at is not None:
        trade.closed_at = max([trade.closed_at, *moments])


def _exit_reason(order: Order, fills: Sequence[Counted]) -> str:
    """Why the trade was left: by its last sale, also where it was an entry's late fill that completed it."""
    sales = (counted.reason for counted in reversed(fills) if counted.fill.side is Side.SELL)
    return next(sales, order.reason)
