"""Both sides of an audit as `audit_checks` compares them: our rows, and what the exchange lists and is asked."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from exchanges.domain import ExchangeFill, ExchangeOrder, Liquidity, Side
from exchanges.gateway import Session
from trades.audit_checks import DUST, FIGURES, is_settled
from trades.audit_domain import NOT_SENT, Kind, OwnOrder, OwnTrade
from trades.audit_models import AuditDifference
from trades.domain import UNRESOLVED_VALUES, OrderStatus, Stocktake, TradeStatus
from trades.models import Fill, Order, PositionCorrection, Trade
from trades.projection import position_fills
from users.models import ExchangeAPIKey

# The exchange's clock and ours may differ: its lists are asked from a little earlier on.
CLOCK_SLACK = timedelta(minutes=5)
# An order that a list does not name is asked for by itself; this many per symbol, then the list is believed.
MOST_ASKED_ALONE = 20


@dataclass(frozen=True, slots=True)
class Books:
    """Our rows of one key: the orders of a period and every unresolved one, and the trades that moved in it."""

    orders: Sequence[OwnOrder]
    trades: Sequence[OwnTrade]


@dataclass(frozen=True, slots=True)
class Account:
    """The exchange's rows of one symbol, whoever's orders they are; `not_asked` are ours that it was not asked about."""

    orders: Sequence[ExchangeOrder]
    fills: Sequence[ExchangeFill]
    not_asked: frozenset[str]


def read_books(key: ExchangeAPIKey, since: datetime, symbols: Collection[str] | None = None) -> Books:
    """All symbols, unless some are named. What differed in an earlier audit is read again, however old it is."""
    only = Q(exchange_key=key) if symbols is None else Q(exchange_key=key, symbol__in=symbols)
    watched = AuditDifference.objects.filter(exchange_key=key, gone_at=None)
    names, numbers = watched.values("client_order_id"), watched.filter(kind=Kind.TRADE_SUM.value)
    unresolved = Q(status__in=UNRESOLVED_VALUES)
    orders = Q(created_at__gte=since) | unresolved | Q(client_order_id__in=names)
    trades = (
        Q(status=TradeStatus.OPEN.value)
        | Q(updated_at__gte=since)
        | Q(pk__in=[int(number) for number in numbers.values_list("subject", flat=True)])
    )
    return Books(
        _read_orders(Order.objects.filter(only & orders)), _read_trades(Trade.objects.filter(only & trades))
    )


def _read_orders(rows: QuerySet[Order]) -> list[OwnOrder]:
    orders = list(rows.order_by("created_at", "pk"))
    fills: dict[int, list[Fill]] = {order.pk: [] for order in orders}
    for fill in Fill.objects.filter(order__in=rows.order_by()).order_by("pk"):
        fills.setdefault(fill.order_id, []).append(fill)
    return [_own_order(order, fills[order.pk]) for order in orders]


def _own_order(order: Order, fills: Iterable[Fill]) -> OwnOrder:
    return OwnOrder(
        bot_id=order.bot_id,
        symbol=order.symbol,
        side=Side(order.side),
        quantity=order.quantity,
        filled_quantity=order.filled_quantity,
        status=OrderStatus(order.status),
        client_order_id=order.client_order_id,
        exchange_order_id=order.exchange_order_id,
        trade_id=order.trade_id,
        created_at=order.created_at,
        resolved_at=order.resolved_at,
        fills=tuple(_own_fill(fill, order) for fill in fills),
    )


def _own_fill(fill: Fill, order: Order) -> ExchangeFill:
    return ExchangeFill(
        exchange_fill_id=fill.exchange_fill_id,
        exchange_order_id=order.exchange_order_id or "",
        symbol=fill.symbol,
        side=Side(fill.side),
        price=fill.price,
        quantity=fill.quantity,
        fee=fill.fee,
        fee_asset=fill.fee_asset,
        liquidity=Liquidity(fill.liquidity),
        executed_at=fill.executed_at,
    )


def _read_trades(rows: QuerySet[Trade]) -> list[OwnTrade]:
    trades = list(rows.order_by("pk"))
    fills: dict[int | None, list[Fill]] = {}
    found = Fill.objects.filter(order__trade__in=rows.order_by()).select_related("order").order_by("pk")
    for fill in found:
        fills.setdefault(fill.order.trade_id, []).append(fill)
    counts: dict[int, list[Stocktake]] = {}
    for count in PositionCorrection.objects.filter(trade__in=rows.order_by()):
        counts.setdefault(count.trade_id, []).append(Stocktake(count.at, count.left))
    return [_own_trade(trade, fills.get(trade.pk, ()), counts.get(trade.pk, ())) for trade in trades]


def _own_trade(trade: Trade, fills: Iterable[Fill], counts: Iterable[Stocktake]) -> OwnTrade:
    return OwnTrade(
        id=trade.pk,
        bot_id=trade.bot_id,
        symbol=trade.symbol,
        base=trade.base,
        quote=trade.quote,
        closed=trade.status == TradeStatus.CLOSED.value,
        opened_at=trade.opened_at,
        figures={name: getattr(trade, name) for name in (*FIGURES, *DUST)},
        fills=tuple(position_fills(fills)),
        stocktakes=tuple(counts),
    )


def ask_account(
    session: Session,
    symbol: str,
    since: datetime,
    ours: Sequence[OwnOrder],
    doubted: Collection[str],
    now: datetime,
) -> Account:
    """What the exchange has. Orders of ours that its list lacks, and `doubted` ones, are asked for by themselves.

    Raises ExchangeError.
    """
    orders = session.list_orders(symbol, since)
    fills = session.list_fills(symbol, since) if orders or ours else []
    listed = {order.client_order_id for order in orders}
    lacking = [
        order for order in ours if _should_be_listed(order, now) and order.client_order_id not in listed
    ]
    alone, others = lacking[:MOST_ASKED_ALONE], lacking[MOST_ASKED_ALONE:]
    in_doubt = {order.client_order_id for order in ours}.intersection(doubted)
    for client_order_id in sorted(in_doubt.union(order.client_order_id for order in alone)):
        orders, fills = _ask_alone(session, symbol, client_order_id, orders, fills)
    not_asked = {order.client_order_id for order in others if order.created_at < since}
    return Account(orders, fills, frozenset(not_asked - in_doubt))


def _should_be_listed(order: OwnOrder, now: datetime) -> bool:
    return order.status not in NOT_SENT and is_settled(order, now)


def _ask_alone(
    session: Session,
    symbol: str,
    client_order_id: str,
    orders: list[ExchangeOrder],
    fills: list[ExchangeFill],
) -> tuple[list[ExchangeOrder], list[ExchangeFill]]:
    """The lists with what one order's own questions say of it; a list that is late is no difference."""
    found = session.find_order(symbol, client_order_id)
    if found is None:
        return orders, fills
    number = found.exchange_order_id
    of_order = session.list_order_fills(symbol, number)
    return (
        [*(order for order in orders if order.exchange_order_id != number), found],
        [*(fill for fill in fills if fill.exchange_order_id != number), *of_order],
    )
