"""What is read for a user's trades, orders and portfolio: few queries, and of many rows only the columns needed."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from exchanges.domain import Environment, Side, Venue
from saas.narrowing import only_with_ids
from saas.tenancy import OwnedQuerySet
from trades.domain import OrderStatus, Reason, TradeStatus
from trades.market_now import MarketNow
from trades.models import Fill, Order, Trade
from trades.money import ENVIRONMENTS, Money, money_in
from trades.order_texts import USUAL_ANSWER
from trades.own_bots import OneValue, all_bots, all_in_one
from trades.portfolio import Holding, TradeFigures
from trades.valuation import in_display
from users.models import ExchangeAPIKey, User

ZERO = Decimal(0)
FIGURES = (
    "pk",
    "version",
    "bot_id",
    "exchange_key__exchange",
    "exchange_key__environment",
    "symbol",
    "quote",
    "status",
    "opened_at",
    "closed_at",
    "realised_pnl",
    "realised_pnl_display",
    "display_currency",
    "display_rate",
    "cost",
    "proceeds",
    "fees",
    "corrected_quantity",
)
TROUBLED = [
    status.value
    for status in (OrderStatus.UNKNOWN, OrderStatus.HELD, OrderStatus.SENDING, OrderStatus.NEVER_PLACED)
]
STAMP = {"count": Count("*"), "changes": Sum("version"), "newest": Max("pk")}
STATUS = FIGURES.index("status")
# Beyond these it is as well to read all of them.
MOST_CHANGED = 500

# By trade id, its version and its figures.
Versioned = Mapping[int, tuple[int, TradeFigures]]


@dataclass(frozen=True, slots=True)
class Stamp:
    """How many trades somebody has, how often they were changed in all, and the newest one's id."""

    trades: int
    changes: int
    newest: int


@dataclass(frozen=True, slots=True)
class Grounds:
    """What all figures of a user's rest on, apart from the trades themselves.

    `bots` is for `own_bots.parse_bots`; `money_kinds` are those of a key that they have or have traded with.
    """

    stamp: Stamp
    bots: str
    money_kinds: tuple[Money, ...]


class TradeRow(NamedTuple):
    """What an item of the list shows, under a Trade's own names; fifty of these cost a third of fifty Trades."""

    id: int
    bot_id: int
    bot_name: str
    exchange: str
    environment: str
    symbol: str
    base: str
    quote: str
    status: str
    opened_at: datetime
    closed_at: datetime | None
    exit_reason: str
    quantity: Decimal
    held_quantity: Decimal
    entry_price: Decimal | None
    exit_price: Decimal | None
    cost: Decimal
    proceeds: Decimal
    fees: Decimal
    realised_pnl: Decimal
    realised_pnl_display: Decimal | None
    display_currency: str
    display_rate: Decimal | None
    dust: Decimal
    dust_cost: Decimal
    corrected_quantity: Decimal
    corrected_cost: Decimal

    @property
    def venue(self) -> Venue:
        return venue_named(self.exchange, self.environment)


class OrderFill(NamedTuple):
    """What an order of the list shows of a fill, and whose it is."""

    order_id: int
    exchange_fill_id: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: str
    executed_at: datetime
    display_currency: str
    display_rate: Decimal | None


class OrderRow(NamedTuple):
    """What an item of the list shows, under an Order's own names; its fills are the oldest first."""

    id: int
    client_order_id: str
    exchange_order_id: str | None
    bot_id: int
    trade_id: int | None
    key_halted_at: datetime | None
    symbol: str
    side: str
    type: str
    leg: str
    reason: str
    status: str
    quantity: Decimal
    filled_quantity: Decimal
    created_at: datetime
    updated_at: datetime
    in_doubt_since: datetime | None
    next_look_at: datetime | None
    cancel_requested_at: datetime | None
    resolved_at: datetime | None
    refusal_code: str
    refusal_reason: str
    fills: Sequence[OrderFill] = ()


class FillRow(NamedTuple):
    """What the export tells of a fill and its order."""

    trade_id: int
    order_id: int
    client_order_id: str
    exchange_order_id: str | None
    exchange_fill_id: str
    executed_at: datetime
    side: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: str
    display_currency: str
    display_rate: Decimal | None


@cache
def venue_named(exchange: str, environment: str) -> Venue:
    """One object for each, which is found in a dictionary without a comparison."""
    return Venue(exchange, Environment(environment))


ELSEWHERE = {
    "bot_name": "bot__name",
    "exchange": "exchange_key__exchange",
    "environment": "exchange_key__environment",
    "key_halted_at": "exchange_key__halted_at",
}
ELSEWHERE_OF_FILLS = {
    "trade_id": "order__trade_id",
    "client_order_id": "order__client_order_id",
    "exchange_order_id": "order__exchange_order_id",
}
TRADE_COLUMNS = tuple(ELSEWHERE.get(name, name) for name in TradeRow._fields)
ORDER_COLUMNS = tuple(ELSEWHERE.get(name, name) for name in OrderRow._fields if name != "fills")
FILL_COLUMNS = tuple(ELSEWHERE_OF_FILLS.get(name, name) for name in FillRow._fields)


def all_trades() -> OwnedQuerySet:
    """With what an item of the list shows and no other columns."""
    trades: OwnedQuerySet = Trade.objects.select_related("bot", "exchange_key").only(*TRADE_COLUMNS)
    return trades


def trade_rows(rows: Iterable[tuple[Any, ...]]) -> list[TradeRow]:
    """Of tuples that begin with TRADE_COLUMNS."""
    return [TradeRow._make(row[: len(TRADE_COLUMNS)]) for row in rows]


def all_orders() -> OwnedQuerySet:
    """With what an item of the list shows and no other columns."""
    orders: OwnedQuerySet = Order.objects.select_related("exchange_key").only(*ORDER_COLUMNS)
    return orders


def order_rows(rows: Iterable[tuple[Any, ...]]) -> list[OrderRow]:
    """Of tuples that begin with ORDER_COLUMNS; their fills are read here."""
    begun = [row[: len(ORDER_COLUMNS)] for row in rows]
    fills = Fill.objects.filter(order__in=[row[0] for row in begun]).order_by("executed_at", "pk")
    found: dict[int, list[OrderFill]] = {}
    for fill in map(OrderFill._make, fills.values_list(*OrderFill._fields) if begun else ()):
        found.setdefault(fill.order_id, []).append(fill)
    return [OrderRow._make((*row, found.get(row[0], ()))) for row in begun]


def order_row(order: Order) -> OrderRow:
    [row] = order_rows([tuple(getattr(order, name) for name in OrderRow._fields if name != "fills")])
    return row


def needing_attention(orders: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    """In doubt, never placed and still looked for, or found at the exchange and not yet looked into."""
    in_doubt = Q(status__in=[OrderStatus.UNKNOWN.value, OrderStatus.HELD.value])
    unanswered = Q(status=OrderStatus.SENDING.value, in_doubt_since__lt=now - USUAL_ANSWER)
    looked_for = Q(status=OrderStatus.NEVER_PLACED.value, next_look_at__isnull=False)
    adopted = Q(reason=Reason.ADOPTED.value, exchange_key__halted_at__isnull=False)
    # Found each by its own index: of conditions on two columns, joined by "or", a database would use none.
    by_status = orders.filter(in_doubt | unanswered | looked_for, status__in=TROUBLED)
    ids = by_status.order_by().values("pk").union(orders.filter(adopted).order_by().values("pk"))
    return only_with_ids(orders, ids)


def orders_of(trade: Trade) -> list[OrderRow]:
    """The oldest first."""
    orders = Order.objects.filter(trade=trade).order_by("created_at", "pk")
    return order_rows(orders.values_list(*ORDER_COLUMNS))


def trades_with_fills(trades: QuerySet[Any], batch: int) -> Iterator[tuple[TradeRow, list[FillRow]]]:
    """For the export: every trade with its fills, oldest first, so many trades at once in memory."""
    ids = trades.values_list("pk", flat=True).iterator(chunk_size=batch)
    while chosen := list(islice(ids, batch)):
        rows = trade_rows(only_with_ids(trades, chosen).values_list(*TRADE_COLUMNS))
        fills = _fills_of(chosen)
        yield from ((row, fills.get(row.id, [])) for row in rows)


def _fills_of(trades: Sequence[int]) -> dict[int, list[FillRow]]:
    """By trade: order by order as they were made, and each one's fills as they were executed."""
    oldest_first = ("order__created_at", "order_id", "executed_at", "pk")
    fills = Fill.objects.filter(order__trade__in=trades).order_by(*oldest_first)
    found: dict[int, list[FillRow]] = {}
    for row in map(FillRow._make, fills.values_list(*FILL_COLUMNS)):
        found.setdefault(row.trade_id, []).append(row)
    return found


def open_trades(user: User, money: Money) -> list[Trade]:
    trades = all_trades().owned_by(user).filter(status=TradeStatus.OPEN.value)
    own = trades.filter(exchange_key__environment__in=ENVIRONMENTS[money])
    return list(own.order_by("-opened_at", "-pk"))


def stamp_of(user: User) -> Stamp:
    """Another one after every change of any of the user's trades."""
    return _stamp(Trade.objects.owned_by(user).aggregate(**STAMP))


def read_grounds(user: User) -> Grounds:
    """In one query."""
    found = Trade.objects.owned_by(user).aggregate(**STAMP, bots=all_bots(user), kinds=_environments(user))
    kinds = {money_in(environment) for environment in json.loads(found["kinds"] or "[]")}
    return Grounds(_stamp(found), found["bots"] or "", tuple(money for money in Money if money in kinds))


def _environments(user: User) -> OneValue:
    """An expression: those of the user's keys, of deleted ones as well that were traded with."""
    keys = ExchangeAPIKey.objects.owned_by(user).order_by()
    in_use = keys.filter(Q(deleted_at=None) | Exists(Trade.objects.filter(exchange_key=OuterRef("pk"))))
    return all_in_one(in_use, "environment")


def update_figures(user: User, known: Versioned) -> Versioned:
    """All the user's trades by id, each with the version it was read at; only those are read that have changed."""
    trades = Trade.objects.owned_by(user)
    versions = dict(trades.order_by("pk").values_list("pk", "version")) if known else {}
    changed = [pk for pk, version in versions.items() if pk not in known or known[pk][0] != version]
    if not known or len(changed) > MOST_CHANGED:
        return _versioned(trades)
    fresh = _versioned(trades.filter(pk__in=changed)) if changed else {}
    return {pk: fresh[pk] if pk in fresh else known[pk] for pk in versions}


def current_keys(user: User, money: Money) -> list[ExchangeAPIKey]:
    """The user's keys to this money, with their last known balances and without their secrets."""
    keys = ExchangeAPIKey.objects.owned_by(user).filter(deleted_at=None, environment__in=ENVIRONMENTS[money])
    return list(keys.defer("ciphertext", "fingerprint").order_by("pk"))


def holdings(keys: Iterable[ExchangeAPIKey], currency: str, market: MarketNow) -> list[Holding]:
    """The balances that the exchanges told at the last check of each key, valued now."""
    return [holding for key in keys for holding in _holdings_of(key, currency, market)]


def _stamp(found: Mapping[str, Any]) -> Stamp:
    return Stamp(found["count"], int(found["changes"] or 0), found["newest"] or 0)


def _versioned(trades: QuerySet[Any]) -> Versioned:
    rows = list(trades.order_by("pk").values_list(*FIGURES))
    # After the trades: a sale that comes between makes another version, with which they are read again.
    last_sales = _last_sales([row[0] for row in rows if row[STATUS] == TradeStatus.OPEN.value])
    return {row[0]: (row[1], _figures(row, last_sales)) for row in rows}


def _last_sales(trades: Sequence[int]) -> dict[int, datetime]:
    """When each of these was last sold in part."""
    sales = Fill.objects.filter(order__trade__in=trades, side=Side.SELL.value)
    rows = sales.order_by().values_list("order__trade_id").annotate(last=Max("executed_at"))
    return dict(rows) if trades else {}


def _figures(row: Sequence[Any], last_sales: dict[int, datetime]) -> TradeFigures:
    value = dict(zip(FIGURES, row, strict=True))
    is_closed = value["status"] == TradeStatus.CLOSED.value
    return TradeFigures(
        trade_id=value["pk"],
        bot_id=value["bot_id"],
        symbol=value["symbol"],
        venue=venue_named(value["exchange_key__exchange"], value["exchange_key__environment"]),
        quote=value["quote"],
        is_closed=is_closed,
        opened_at=value["opened_at"],
        realised_at=value["closed_at"] if is_closed else last_sales.get(value["pk"]),
        realised_pnl=value["realised_pnl"],
        realised_pnl_display=value["realised_pnl_display"],
        display_currency=value["display_currency"],
        display_rate=value["display_rate"],
        turnover=value["cost"] + value["proceeds"],
        proceeds=value["proceeds"],
        fees=value["fees"],
        # Where all of it went by hand, nobody knows what it brought.
        has_result=bool(value["proceeds"] or not value["corrected_quantity"]),
    )


def _holdings_of(key: ExchangeAPIKey, currency: str, market: MarketNow) -> Iterable[Holding]:
    for asset, balance in sorted(key.balances.items()):
        free, locked = Decimal(balance["free"]), Decimal(balance["locked"])
        rate = market.rate(key.venue, asset, currency)
        yield Holding(
            exchange_key=key.pk,
            label=key.label,
            environment=key.environment,
            asset=asset,
            free=free,
            locked=locked,
            value_display=in_display(free + locked, rate),
            checked_at=key.checked_at,
        )
