"""A Trade as the sum of its orders' fills. Called inside the transaction that imported the fills."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from exchanges.domain import Liquidity, Side
from trades import lease
from trades.domain import UNRESOLVED, Leg, PositionFill, TradeStatus
from trades.durability import durable_transaction
from trades.models import Fill, Order, Trade
from trades.pnl import Position, fold

ZERO = Decimal(0)


def project_trade(order: Order) -> bool:
    """Bring the order's trade up to its fills, opening it at the first one; whether it closed just now."""
    trade = order.trade or _open_trade(order)
    if trade is None:
        return False
    was_open = trade.status == TradeStatus.OPEN.value
    position = fold_trade(trade)
    _apply(trade, position)
    if was_open and _is_over(trade):
        _close(trade, position, order.reason)
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


def fold_trade(trade: Trade) -> Position:
    fills = Fill.objects.filter(order__trade=trade)
    return fold(position_fills(fills), trade.base, trade.quote)


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
        )
        for fill in fills
    ]


def _open_trade(order: Order) -> Trade | None:
    first = order.fills.order_by("executed_at", "pk").first()
    if order.leg != Leg.ENTRY.value or first is None:
        return None
    trade = Trade.objects.create(
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
    order.trade = trade
    order.save(update_fields=["trade"])
    return trade


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
    trade.dust_cost = position.open_cost if trade.status == TradeStatus.CLOSED.value else ZERO
    trade.dust = position.held if trade.status == TradeStatus.CLOSED.value else ZERO


def _is_over(trade: Trade) -> bool:
    """Nothing is left that could be sold, and no order could still change that."""
    if not trade.proceeds and trade.held_quantity:
        return False
    unresolved = trade.orders.filter(status__in=[status.value for status in UNRESOLVED])
    return trade.held_quantity < trade.lot_size and not unresolved.exists()


def _close(trade: Trade, position: Position, reason: str) -> None:
    last = Fill.objects.filter(order__trade=trade).order_by("-executed_at", "-pk").first()
    trade.status = TradeStatus.CLOSED.value
    trade.closed_at = last.executed_at if last else trade.opened_at
    trade.exit_reason = reason
    trade.dust, trade.dust_cost = position.held, position.open_cost
