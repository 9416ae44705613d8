"""A database as it looks after a year: users with keys, bots, and trades with their orders and fills, written in bulk.

Each trade is one of a few hundred shapes that were folded from fills by the same pure function the ledger uses, moved to
a user, a bot and a time of its own. Rows go past the models (COPY on PostgreSQL, `executemany` on SQLite), so that
millions of them take a minute or two.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from benchmarks.api.size import Size
from bots.models import BotConfiguration
from exchanges.domain import Liquidity, Side
from trades.domain import Leg, OrderStatus, PositionFill, Reason, TradeStatus
from trades.models import Fill, Order, Trade
from trades.pnl import Position, fold
from users.models import ExchangeAPIKey, KeyState, User

SYMBOLS = [
    f"{base}/USDT" for base in ["BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "LINK", "AVAX", "DOT"]
]
SHAPES_PER_SYMBOL = 40
BOTS_PER_USER = 5
BATCH = 2_000
SEED = 20261121
LOT = Decimal("0.00001")
BALANCES = {"USDT": {"free": "1000", "locked": "0"}, "BRL": {"free": "50", "locked": "10"}}


@dataclass(frozen=True)
class Shape:
    """One round trip without its place: the prepared columns of its trade, its two orders and their two fills."""

    trade: dict[str, Any]
    orders: tuple[dict[str, Any], dict[str, Any]]
    fills: tuple[dict[str, Any], dict[str, Any]]


def fill_database(size: Size, now: datetime) -> list[User]:
    """Fill an empty, migrated database; the users, those with most trades first."""
    draw = random.Random(SEED)  # noqa: S311  # the same database every time, not a secret
    users = _make_users(size.users)
    keys = _make_keys(users, now)
    bots = _make_bots(keys)
    shapes = [_make_shape(symbol, draw) for _ in range(SHAPES_PER_SYMBOL) for symbol in SYMBOLS]
    with transaction.atomic():
        _write_history(size, keys, bots, shapes, now)
    _settle_tables()
    return users


def _make_users(count: int) -> list[User]:
    users = [User(email=f"user{number}@benchmark.invalid") for number in range(count)]
    return list(User.objects.bulk_create(users))


def _make_keys(users: Sequence[User], now: datetime) -> list[ExchangeAPIKey]:
    keys = [
        ExchangeAPIKey(
            owner=user,
            exchange="binance",
            environment="paper",
            label="paper",
            masked="***7LFx",
            fingerprint=f"benchmark-{user.pk}",
            # As long as a real one, which belongs to every row that is read.
            ciphertext="g" * 400,
            state=KeyState.VALID,
            balances=BALANCES,
            checked_at=now,
        )
        for user in users
    ]
    return list(ExchangeAPIKey.objects.bulk_create(keys))


def _make_bots(keys: Sequence[ExchangeAPIKey]) -> list[BotConfiguration]:
    bots = [
        BotConfiguration(
            owner_id=key.owner_id,
            name=f"bot {number}",
            exchange_key=key,
            symbols=SYMBOLS,
            parameters={"timeframe": "1m", "window": 20, "threshold_percent": "1", "exit_at_average": False},
            capital=Decimal(500),
            stop_loss_percent=Decimal(5),
        )
        for key in keys
        for number in range(BOTS_PER_USER)
    ]
    return list(BotConfiguration.objects.bulk_create(bots, batch_size=BATCH))


def _make_shape(symbol: str, draw: random.Random) -> Shape:
    """A purchase, and its sale 2 % below to 3 % above."""
    price = Decimal(draw.randint(1_000, 9_999_999)) / 100
    quantity = Decimal(draw.randint(1_000, 99_999)) * LOT
    sold_at = (price * Decimal(draw.randint(9_800, 10_300)) / 10_000).quantize(Decimal("0.01"))
    rate = Decimal(draw.randint(48_000, 58_000)) / 10_000
    base, _, quote = symbol.partition("/")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    fills = [
        PositionFill(
            exchange_fill_id=side.value,
            side=side,
            price=at,
            quantity=quantity,
            fee=(at * quantity / 1_000).quantize(Decimal("0.00000001")),
            fee_asset=quote,
            liquidity=Liquidity.TAKER,
            executed_at=moment + timedelta(hours=hours),
            display_rate=rate,
            fee_rate=None,
            ordered_at=moment + timedelta(hours=hours),
        )
        for side, at, hours in ((Side.BUY, price, 0), (Side.SELL, sold_at, 1))
    ]
    named = {"symbol": symbol, "base": base, "quote": quote, "display_currency": "BRL", "lot_size": LOT}
    return Shape(
        _prepare(Trade, **named, **_figures(fold(fills, base, quote)), peak_price=price),
        _pair(_prepare(Order, **named, **_order_values(fill)) for fill in fills),
        _pair(_prepare(Fill, symbol=symbol, **_fill_values(fill)) for fill in fills),
    )


def _pair(prepared: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    first, second = prepared
    return first, second


def _figures(position: Position) -> dict[str, Any]:
    return {
        "status": TradeStatus.CLOSED.value,
        "exit_reason": Reason.TAKE_PROFIT.value if position.realised > 0 else Reason.STOP_LOSS.value,
        "quantity": position.net_bought,
        "held_quantity": position.held,
        "entry_price": position.entry_price,
        "exit_price": position.exit_price,
        "cost": position.cost,
        "proceeds": position.proceeds,
        "fees": position.fees,
        "realised_pnl": position.realised,
        "realised_pnl_display": position.realised_display,
        "display_rate": position.display_rate,
    }


def _order_values(fill: PositionFill) -> dict[str, Any]:
    is_entry = fill.side is Side.BUY
    return {
        "side": fill.side.value,
        "type": "market",
        "leg": Leg.ENTRY.value if is_entry else Leg.EXIT.value,
        "reason": Reason.BELOW_AVERAGE.value if is_entry else Reason.TAKE_PROFIT.value,
        "status": OrderStatus.FILLED.value,
        "quantity": fill.quantity,
        "filled_quantity": fill.quantity,
        "reference_price": fill.price,
        "lease_token": 1,
    }


def _fill_values(fill: PositionFill) -> dict[str, Any]:
    return {
        "side": fill.side.value,
        "price": fill.price,
        "quantity": fill.quantity,
        "fee": fill.fee,
        "fee_asset": fill.fee_asset,
        "liquidity": fill.liquidity.value,
        "display_currency": "BRL",
        "display_rate": fill.display_rate,
    }


def _prepare(model: type[Model], **values: Any) -> dict[str, Any]:
    """Every column as the database takes it, by its name; those that differ from row to row are set later."""
    row = model(**values)
    return {
        str(field.column): field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in model._meta.local_concrete_fields
    }


def _write_history(
    size: Size,
    keys: Sequence[ExchangeAPIKey],
    bots: Sequence[BotConfiguration],
    shapes: Sequence[Shape],
    now: datetime,
) -> None:
    """In batches of users, so that the orders come after the trades that they name."""
    places = _places(size, keys, bots, now)
    while batch := list(islice(places, BATCH)):
        placed = [(place, shapes[place.number % len(shapes)]) for place in batch]
        _insert(Trade, (place.trade(shape) for place, shape in placed))
        _insert(Order, (row for place, shape in placed for row in place.orders(shape)))
        _insert(Fill, (row for place, shape in placed for row in place.fills(shape)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a shape goes: the `number`-th trade of all, whose orders and fills are numbered by it."""

    number: int
    owner: int
    key: int
    bot: int
    at: datetime
    is_open: bool

    def trade(self, shape: Shape) -> dict[str, Any]:
        until = None if self.is_open else _moment(self.at + timedelta(hours=1))
        own = {"opened_at": _moment(self.at), "closed_at": until, "updated_at": until or _moment(self.at)}
        row = {**shape.trade, **self._owned(), "id": self.number, "bot_id": self.bot, **own}
        return {**row, **_still_open(row)} if self.is_open else row

    def orders(self, shape: Shape) -> Iterator[dict[str, Any]]:
        for leg, order in enumerate(shape.orders[: self._legs]):
            at = _moment(self.at + timedelta(hours=leg))
            number = 2 * self.number + leg
            yield {
                **order,
                **self._owned(),
                "id": number,
                "bot_id": self.bot,
                "trade_id": self.number,
                "client_order_id": f"benchmark-{number}",
                "exchange_order_id": str(number),
                "decision_key": f"benchmark-{number}",
                "created_at": at,
                "updated_at": at,
                "lease_until": at,
                "resolved_at": at,
            }

    def fills(self, shape: Shape) -> Iterator[dict[str, Any]]:
        for leg, fill in enumerate(shape.fills[: self._legs]):
            at = _moment(self.at + timedelta(hours=leg))
            number = 2 * self.number + leg
            own = {"id": number, "order_id": number, "exchange_fill_id": str(number)}
            yield {**fill, **self._owned(), **own, "executed_at": at, "imported_at": at}

    @property
    def _legs(self) -> int:
        return 1 if self.is_open else 2

    def _owned(self) -> dict[str, int]:
        return {"owner_id": self.owner, "exchange_key_id": self.key}


def _places(
    size: Size, keys: Sequence[ExchangeAPIKey], bots: Sequence[BotConfiguration], now: datetime
) -> Iterator[Place]:
    """The newest trades of each user are the open ones, each in a symbol of its own."""
    number = 0
    for index, key in enumerate(keys):
        count = size.trades_of(index)
        own = bots[index * BOTS_PER_USER : (index + 1) * BOTS_PER_USER]
        for nth in range(count):
            number += 1
            at = now - timedelta(minutes=45 * (count - nth) + number % 7)
            bot = own[number // len(SYMBOLS) % len(own)]
            yield Place(number, key.owner_id, key.pk, bot.pk, at, nth >= count - size.open_trades)


def _still_open(row: dict[str, Any]) -> dict[str, Any]:
    nothing = dict.fromkeys(("proceeds", "realised_pnl", "realised_pnl_display"), "0")
    held = {"status": TradeStatus.OPEN.value, "held_quantity": row["quantity"], "exit_reason": ""}
    return {**nothing, **held, "exit_price": None}


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _insert(model: type[Model], rows: Iterable[dict[str, Any]]) -> None:
    table, columns = model._meta.db_table, [str(field.column) for field in model._meta.local_concrete_fields]
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    values = ([row[column] for column in columns] for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, f"COPY {table} ({names}) FROM STDIN", values)
            return
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values))  # noqa: S608  # our own names


def _copy(cursor: Any, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _settle_tables() -> None:
    """What PostgreSQL's autovacuum would have done by now, and the numbers where the next rows go on."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model in (Trade, Order, Fill):
            last = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [model._meta.db_table, last]
            )
        cursor.execute("VACUUM ANALYZE")
