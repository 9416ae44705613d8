"""What one more order may spend of an account on which several bots trade, and their owner by hand.

A balance is true for the moment before it was asked for. Whatever other orders of the key take of the asset since then, or
may still take, is not free any more, though the exchange said so; and what other bots' trades hold of it is theirs.
`reserve` looks at the ledger with the key's row locked, in the transaction that plans the order: of two bots that read the
same balance at the same time the second one sees the first one's order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from django.db import connection

from exchanges.domain import Balance, Side
from saas.prepared import Parameter, Prepared
from trades.account_orders import list_spent_since, list_unresolved_spending
from trades.domain import SLIPPAGE_RESERVE, Leg, OrderIntent, OrderStatus, TradeStatus
from trades.models import Order, Trade
from trades.pnl import EXACT
from users.models import ExchangeAPIKey

ZERO = Decimal(0)
HOLDING: Prepared[Trade] = Prepared(
    lambda: (
        Trade.objects.filter(
            status=TradeStatus.OPEN.value, exchange_key=Parameter("key"), base=Parameter("asset")
        )
        .order_by()
        .only("held_quantity")
    )
)
ON_THE_WAY = frozenset({OrderStatus.PLANNED.value, OrderStatus.SENDING.value})


class FundsTaken(Exception):
    """Other orders or trades of the account need what this order would spend. `left` is what it may; nothing was planned."""

    def __init__(self, left: Decimal) -> None:
        super().__init__(f"only {left:f} left")
        self.left = left


@dataclass(frozen=True, slots=True)
class Reading:
    """An account's balance of one asset; `at` is the moment before the exchange was asked."""

    asset: str
    free: Decimal
    total: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """What is left for one more order: of what is `free`, and of what is `there` at all, in open orders included."""

    free: Decimal
    there: Decimal

    @property
    def amount(self) -> Decimal:
        return max(min(self.free, self.there), ZERO)


@dataclass(frozen=True, slots=True)
class Funds:
    """What an order needs, of the asset it spends, and the reading that says it is there."""

    reading: Reading
    needed: Decimal


def read_asset(balances: Mapping[str, Balance], asset: str, at: datetime) -> Reading:
    balance = balances.get(asset, Balance(asset, ZERO, ZERO))
    return Reading(asset, balance.free, balance.free + balance.locked, at)


def cost_of(quantity: Decimal, price: Decimal) -> Decimal:
    """What a market purchase may cost at most, in quote: the price may move before the fill."""
    with localcontext(EXACT):
        return quantity * price * (1 + SLIPPAGE_RESERVE)


def reserve(funds: Funds, key: ExchangeAPIKey, intent: OrderIntent) -> None:
    """Inside the transaction that plans the order, which thereby reserves them. Raises FundsTaken."""
    if connection.features.has_select_for_update:
        # Not against the foreign keys of orders and fills that others write: those only need the row to stay.
        locked = ExchangeAPIKey.objects.select_for_update(no_key=True).filter(pk=key.pk)
        locked.values_list("pk").first()
    left = left_for(funds.reading, key, intent.leg, intent.trade_id).amount
    if left < funds.needed:
        raise FundsTaken(left)


def left_for(reading: Reading, key: ExchangeAPIKey, leg: Leg, trade_id: int | None = None) -> Left:
    """How much of the asset an order of this leg may spend; `trade_id` is the trade that an exit sells."""
    unresolved = list_unresolved_spending(key, reading.asset)
    ended = list_spent_since(key, reading.asset, reading.at)
    trades = [trade for trade in HOLDING.rows(key=key.pk, asset=reading.asset) if trade.pk != trade_id]
    with localcontext(EXACT):
        if leg is Leg.ENTRY:
            return _left_for_entry(reading, trades, unresolved, ended)
        return _left_for_exit(reading, trades, unresolved, ended)


def _left_for_entry(
    reading: Reading, trades: Iterable[Trade], unresolved: Iterable[Order], ended: Iterable[Order]
) -> Left:
    """An entry can wait: what is in doubt counts as spent, and what trades hold as theirs."""
    spent = _spent_by(unresolved) + _spent_by(ended)
    return Left(reading.free - spent, reading.total - _held_by(trades) - spent)


def _left_for_exit(
    reading: Reading, trades: Iterable[Trade], unresolved: Iterable[Order], ended: Iterable[Order]
) -> Left:
    """An exit must not wait for an order of another bot that stays in doubt: that one's coins may be sold already.

    The balance tells whether they are. Only what was planned or sent a moment ago is not in it yet.
    """
    orders = list(unresolved)
    on_the_way = [order for order in orders if order.status in ON_THE_WAY]
    at_exchange = {order.trade_id for order in orders if order.status not in ON_THE_WAY}
    others = [trade for trade in trades if trade.pk not in at_exchange]
    gone = _spent_by(ended)
    return Left(reading.free - _spent_by(on_the_way) - gone, reading.total - _held_by(others) - gone)


def _held_by(trades: Iterable[Trade]) -> Decimal:
    return sum((trade.held_quantity for trade in trades), ZERO)


def _spent_by(orders: Iterable[Order]) -> Decimal:
    return sum((_spent(order) for order in orders), ZERO)


def _spent(order: Order) -> Decimal:
    quantity: Decimal = order.quantity if order.resolved_at is None else order.filled_quantity
    if order.side == Side.SELL.value:
        return quantity
    return cost_of(quantity, order.limit_price or order.reference_price)
