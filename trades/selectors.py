"""What is read for a user's trades, orders and portfolio: few queries, and of many rows only the columns needed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max, Prefetch, Q, QuerySet

from exchanges.domain import Environment, Side, Venue
from saas.tenancy import OwnedQuerySet
from trades.domain import OrderStatus, Reason, TradeStatus
from trades.market_now import MarketNow
from trades.models import Fill, Order, Trade
from trades.order_texts import USUAL_ANSWER
from trades.portfolio import Holding, TradeFigures, add, realised_in
from trades.valuation import in_display
from users.models import ExchangeAPIKey, User

ZERO = Decimal(0)
FIGURES = (
    "pk",
    "bot_id",
    "exchange_key__exchange",
    "exchange_key__environment",
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
TRADE_COLUMNS = (
    "bot__name",
    "exchange_key__exchange",
    "exchange_key__environment",
    "symbol",
    "base",
    "quote",
    "status",
    "opened_at",
    "closed_at",
    "exit_reason",
    "quantity",
    "held_quantity",
    "entry_price",
    "exit_price",
    "cost",
    "proceeds",
    "fees",
    "realised_pnl",
    "realised_pnl_display",
    "display_currency",
    "display_rate",
    "dust",
    "dust_cost",
    "corrected_quantity",
    "corrected_cost",
)
ORDER_COLUMNS = (
    "bot_id",
    "trade_id",
    "exchange_key__halted_at",
    "symbol",
    "side",
    "type",
    "leg",
    "reason",
    "status",
    "quantity",
    "filled_quantity",
    "client_order_id",
    "exchange_order_id",
    "created_at",
    "updated_at",
    "in_doubt_since",
    "next_look_at",
    "cancel_requested_at",
    "resolved_at",
    "refusal_code",
    "refusal_reason",
)
FILL_COLUMNS = (
    "order_id",
    "exchange_fill_id",
    "price",
    "quantity",
    "fee",
    "fee_asset",
    "liquidity",
    "executed_at",
    "display_currency",
    "display_rate",
)


def all_trades() -> OwnedQuerySet:
    """With what an item of the list shows and no other columns."""
    trades: OwnedQuerySet = Trade.objects.select_related("bot", "exchange_key").only(*TRADE_COLUMNS)
    return trades


def all_orders() -> OwnedQuerySet:
    """With what an item of the list shows and no other columns, and their fills."""
    fills = Fill.objects.only(*FILL_COLUMNS)
    orders: OwnedQuerySet = Order.objects.select_related("exchange_key").only(*ORDER_COLUMNS)
    return orders.prefetch_related(Prefetch("fills", queryset=fills))


def needing_attention(orders: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    """In doubt, never placed and still looked for, or found at the exchange and not yet looked into."""
    in_doubt = Q(status__in=[OrderStatus.UNKNOWN.value, OrderStatus.HELD.value])
    unanswered = Q(status=OrderStatus.SENDING.value, in_doubt_since__lt=now - USUAL_ANSWER)
    looked_for = Q(status=OrderStatus.NEVER_PLACED.value, next_look_at__isnull=False)
    adopted = Q(reason=Reason.ADOPTED.value, exchange_key__halted_at__isnull=False)
    return orders.filter(in_doubt | unanswered | looked_for | adopted)


def orders_of(trade: Trade) -> QuerySet[Order]:
    return all_orders().filter(trade=trade).order_by("created_at", "pk")


def trades_with_fills(trades: QuerySet[Any]) -> QuerySet[Any]:
    """For the export: every trade with its fills, loaded in batches."""
    fills = Fill.objects.order_by("executed_at", "pk")
    orders = Order.objects.prefetch_related(Prefetch("fills", queryset=fills)).order_by("created_at", "pk")
    return trades.prefetch_related(Prefetch("orders", queryset=orders))


def open_trades(user: User) -> list[Trade]:
    trades = all_trades().owned_by(user).filter(status=TradeStatus.OPEN.value)
    return list(trades.order_by("-opened_at", "-pk"))


def trade_figures(user: User) -> list[TradeFigures]:
    """Of all the user's trades."""
    return _figures_of(Trade.objects.owned_by(user), _last_sales(user))


def realised_by_bot(user: User, bot_ids: Sequence[int], market: MarketNow) -> dict[int, Decimal]:
    """What each of these bots has realised so far, in the user's currency."""
    currency = user.display_currency
    trades = Trade.objects.owned_by(user).filter(bot_id__in=bot_ids)
    # Nearly all results are stored in the user's currency: of those one column is enough.
    ready = Q(display_currency=currency, realised_pnl_display__isnull=False)
    amounts: list[tuple[int, Decimal | None]] = [
        *trades.filter(ready).order_by().values_list("bot_id", "realised_pnl_display"),
        *(
            (trade.bot_id, realised_in(trade, currency, market))
            for trade in _figures_of(trades.exclude(ready), {})
        ),
    ]
    totals: dict[int, list[Decimal | None]] = {}
    for bot_id, amount in amounts:
        totals.setdefault(bot_id, []).append(amount)
    return {bot_id: add(known) for bot_id, known in totals.items()}


def current_keys(user: User) -> list[ExchangeAPIKey]:
    """The user's keys with their last known balances, and without their secrets."""
    keys = ExchangeAPIKey.objects.owned_by(user).filter(deleted_at=None)
    return list(keys.defer("ciphertext", "fingerprint").order_by("pk"))


def holdings(keys: Iterable[ExchangeAPIKey], currency: str, market: MarketNow) -> list[Holding]:
    """The balances that the exchanges told at the last check of each key, valued now."""
    return [holding for key in keys for holding in _holdings_of(key, currency, market)]


def _last_sales(user: User) -> dict[int, datetime]:
    """When an open trade was last sold in part."""
    sales = Fill.objects.owned_by(user).filter(
        side=Side.SELL.value, order__trade__status=TradeStatus.OPEN.value
    )
    rows = sales.order_by().values_list("order__trade_id").annotate(last=Max("executed_at"))
    return dict(rows)


def _figures_of(trades: QuerySet[Any], last_sales: dict[int, datetime]) -> list[TradeFigures]:
    rows = trades.order_by("pk").values_list(*FIGURES)
    return [_figures(row, last_sales) for row in rows.iterator(chunk_size=2_000)]


def _figures(row: Sequence[Any], last_sales: dict[int, datetime]) -> TradeFigures:
    value = dict(zip(FIGURES, row, strict=True))
    is_closed = value["status"] == TradeStatus.CLOSED.value
    return TradeFigures(
        bot_id=value["bot_id"],
        venue=Venue(value["exchange_key__exchange"], Environment(value["exchange_key__environment"])),
        quote=value["quote"],
        is_closed=is_closed,
        opened_at=value["opened_at"],
        realised_at=value["closed_at"] if is_closed else last_sales.get(value["pk"]),
        realised_pnl=value["realised_pnl"],
        realised_pnl_display=value["realised_pnl_display"],
        display_currency=value["display_currency"],
        display_rate=value["display_rate"],
        turnover=value["cost"] + value["proceeds"],
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
