"""A Trade as the sum of its orders' fills, less its corrections. Called inside the transaction that changed either."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from exchanges.domain import Liquidity, Side
from trades import lease
from trades.domain import UNRESOLVED, Leg, PositionFill, Reason, Stocktake, TradeStatus
from trades.durability import durable_transaction
from trades.models import Fill, Order, PositionCorrection, Trade
from trades.pnl import Position, fold

ZERO = Decimal(0)


def project_trade(order: Order) -> bool:
    """Bring the order's trade up to its fills, opening it at the first one; whether it closed just now."""
    trade = order.trade or _find_trade(order)
    if trade is None:
        return False
    was_open = trade.status == TradeStatus.OPEN.value
    position = fold_trade(trade)
    if not was_open and _can_be_sold_again(trade, position):
        trade.status, trade.closed_at, trade.exit_reason = TradeStatus.OPEN.value, None, ""
    _apply(trade, position)
    _stretch(trade, order)
    if was_open and _is_over(trade):
        _close(trade, position, _exit_reason(trade, order))
    elif trade.exit_reason == Reason.MANUAL.value and not position.corrected:
        # A sale of ours that turned up late explains all that was missing.
        trade.exit_reason = order.reason
    trade.save()
    return was_open and trade.status == TradeStatus.CLOSED.value


def close_as_dust(trade: Trade, reason: str, held: lease.Held, now: datetime) -> None:
    """End a trade whose rest the exchange would not let anybody sell. Raises LeaseLost."""
    with durable_transaction():
        lease.fence(held, now)
        position = fold_trade(trade)
        _apply(trade, position)
        _close(trade, position, reason)
        trade.save()


def correct_trade(trade: Trade, gone: Decimal, at: datetime, held: lease.Held, now: datetime) -> bool:
    """Record that so much of a trade's coins has left the account; whether the trade ended by it. Raises LeaseLost.

    `at` is when that was first seen: what is sold from then on is sold of what was left.
    """
    with durable_transaction():
        lease.fence(held, now)
        _insert_correction(trade, gone, at, now)
        position = fold_trade(trade)
        _apply(trade, position)
        if position.held < trade.lot_size:
            _close(trade, position, Reason.MANUAL.value)
            trade.closed_at = max(trade.closed_at or at, at)
        trade.save()
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


def fold_trade(trade: Trade) -> Position:
    fills = Fill.objects.filter(order__trade=trade).select_related("order")
    stocktakes = [Stocktake(count.at, count.left) for count in trade.corrections.all()]
    return fold(position_fills(fills), trade.base, trade.quote, stocktakes)


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


def _find_trade(order: Order) -> Trade | None:
    """The trade of an entry that had none: a new one, or the open one beside which there can be no second.

    An entry comes late where it was given up for lost: the bot may have bought again meanwhile.
    """
    first = order.fills.order_by("executed_at", "pk").first()
    if order.leg != Leg.ENTRY.value or first is None:
        return None
    order.trade = _open_trade_of(order.bot_id, order.symbol) or _start_trade(order, first)
    order.save(update_fields=["trade"])
    return order.trade


def _open_trade_of(bot_id: int, symbol: str) -> Trade | None:
    return Trade.objects.filter(bot_id=bot_id, symbol=symbol, status=TradeStatus.OPEN.value).first()


def _start_trade(order: Order, first: Fill) -> Trade:
    trade: Trade = Trade.objects.create(
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
    return trade


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
    unresolved = trade.orders.filter(status__in=[status.value for status in UNRESOLVED])
    return trade.held_quantity < trade.lot_size and not unresolved.exists()


def _close(trade: Trade, position: Position, reason: str) -> None:
    last = _last_fill(trade)
    trade.status = TradeStatus.CLOSED.value
    trade.closed_at = last.executed_at if last else trade.opened_at
    trade.exit_reason = reason
    trade.dust, trade.dust_cost = position.held, position.open_cost


def _stretch(trade: Trade, order: Order) -> None:
    """A trade lasts from its first fill to its last, in whatever order they arrive."""
    moments = list(order.fills.values_list("executed_at", flat=True))
    trade.opened_at = min([trade.opened_at, *moments])
    if trade.closed_at is not None:
        trade.closed_at = max([trade.closed_at, *moments])


def _exit_reason(trade: Trade, order: Order) -> str:
    """Why the trade was left: by its last sale, also where it was an entry's late fill that completed it."""
    sales = Fill.objects.filter(order__trade=trade, side=Side.SELL.value).order_by("-executed_at", "-pk")
    last = sales.select_related("order").first()
    return last.order.reason if last else order.reason


def _last_fill(trade: Trade) -> Fill | None:
    return Fill.objects.filter(order__trade=trade).order_by("-executed_at", "-pk").first()
