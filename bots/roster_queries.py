"""The reads that keep a roster: a few for all bots, however many there are."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from bots.models import BotConfiguration, BotStatus
from exchanges.domain import Environment, Venue
from trades.domain import UNRESOLVED_VALUES, HaltScope, TradeStatus
from trades.models import Halt, Order, Trade
from users.models import ExchangeAPIKey, KeyState

BOT_FIELDS = (
    "pk",
    "owner_id",
    "exchange_key_id",
    "symbols",
    "strategy",
    "parameters",
    "interval_seconds",
    "max_open_trades",
    "take_profit_percent",
    "stop_loss_percent",
    "trailing_stop_percent",
    "status",
    "closing",
    "deleted_at",
    "next_run_at",
    "last_run_at",
    "updated_at",
    "owner__is_active",
    "exchange_key__exchange",
    "exchange_key__environment",
    "exchange_key__state",
    "exchange_key__deleted_at",
)


# A kill switch as something to compare: its scope, and what it is of.
Switch = tuple[str, Hashable]


@dataclass(frozen=True, slots=True)
class BotRow:
    """A bot as it is stored; `runnable` says whether it, its owner and its key are fit to run."""

    bot_id: int
    owner_id: int
    exchange_key_id: int
    venue: Venue
    symbols: list[str]
    strategy: str
    parameters: dict[str, Any]
    interval_seconds: int
    max_open_trades: int
    take_profit_percent: Decimal | None
    stop_loss_percent: Decimal | None
    trailing_stop_percent: Decimal | None
    closing: bool
    next_run_at: datetime | None
    last_run_at: datetime | None
    updated_at: datetime
    runnable: bool


@dataclass(frozen=True, slots=True)
class TradeRow:
    trade_id: int
    bot_id: int
    symbol: str
    entry_price: Decimal
    peak_price: Decimal | None
    opened_at: datetime


def active_bots() -> QuerySet[BotConfiguration]:
    """Every user's, whatever their keys are worth."""
    bots: QuerySet[BotConfiguration] = BotConfiguration.objects.filter(
        status=BotStatus.ACTIVE, deleted_at=None, owner__is_active=True
    )
    return bots


def read_bots(changed_since: datetime | None) -> Iterator[BotRow]:
    """Every active bot; or the bots in whatever state whose settings were changed since then."""
    bots = BotConfiguration.objects.order_by()
    if changed_since is None:
        bots = bots.filter(status=BotStatus.ACTIVE, deleted_at=None)
    else:
        bots = bots.filter(updated_at__gte=changed_since)
    for row in bots.values(*BOT_FIELDS).iterator():
        yield _bot_row(row)


def _bot_row(row: dict[str, Any]) -> BotRow:
    status, deleted_at = row.pop("status"), row.pop("deleted_at")
    key_state, key_deleted_at = row.pop("exchange_key__state"), row.pop("exchange_key__deleted_at")
    owner_is_active = row.pop("owner__is_active")
    exchange, environment = row.pop("exchange_key__exchange"), row.pop("exchange_key__environment")
    return BotRow(
        bot_id=row.pop("pk"),
        venue=Venue(exchange, Environment(environment)),
        runnable=owner_is_active
        and (status, deleted_at) == (BotStatus.ACTIVE, None)
        and (key_state, key_deleted_at) == (KeyState.VALID, None),
        **row,
    )


def read_open_trades() -> Iterator[TradeRow]:
    """Every open trade of an active bot that has bought something."""
    trades = Trade.objects.filter(status=TradeStatus.OPEN.value, bot__status=BotStatus.ACTIVE).order_by()
    fields = ("pk", "bot_id", "symbol", "entry_price", "peak_price", "opened_at")
    for row in trades.exclude(entry_price=None).values_list(*fields).iterator():
        yield TradeRow(*row)


def read_unresolved() -> Iterator[tuple[int, str]]:
    """Bot and symbol of every order whose end is not known yet."""
    orders = Order.objects.filter(status__in=UNRESOLVED_VALUES).order_by()
    yield from orders.values_list("bot_id", "symbol").iterator()


def read_halts() -> frozenset[Switch]:
    """Every switch that is on, and every key whose entries are halted."""
    keys = ExchangeAPIKey.objects.exclude(halted_at=None).order_by().values_list("pk", flat=True)
    return frozenset([*map(_switch, Halt.objects.order_by()), *((HaltScope.KEY.value, pk) for pk in keys)])


def _switch(halt: Halt) -> Switch:
    of: dict[str, Hashable] = {
        HaltScope.EXCHANGE.value: (halt.exchange, halt.environment),
        HaltScope.USER.value: halt.owner_id,
        HaltScope.BOT.value: halt.bot_id,
    }
    return halt.scope, of.get(halt.scope)


def switches_of(row: BotRow) -> frozenset[Switch]:
    """All that would forbid this bot's entries, were they on."""
    exchange, environment = row.venue.exchange, row.venue.environment.value
    return frozenset(
        [
            (HaltScope.PLATFORM.value, None),
            (HaltScope.EXCHANGE.value, (exchange, "")),
            (HaltScope.EXCHANGE.value, (exchange, environment)),
            (HaltScope.USER.value, row.owner_id),
            (HaltScope.BOT.value, row.bot_id),
            (HaltScope.KEY.value, row.exchange_key_id),
        ]
    )
