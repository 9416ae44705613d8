"""The two ledgers, read without any of our code: the exchange's own over HTTP, ours by plain SQL."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import requests

CALL_SECONDS = 30
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Query = Callable[[str], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class ExchangeOrder:
    """As the exchange recorded it; `status` and `side` in its own capitals."""

    id: str
    client_order_id: str
    symbol: str
    side: str
    quantity: Decimal
    executed: Decimal
    status: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class ExchangeFill:
    id: str
    order_id: str
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    side: str
    time_ms: int
    symbol: str


@dataclass(frozen=True, slots=True)
class ExchangeBook:
    """One account. `prefix` begins the client order ids of our installation; `sends` has the client order id of every
    request to place an order that has reached the exchange since it was started, whatever became of it."""

    prefix: str
    orders: tuple[ExchangeOrder, ...]
    fills: tuple[ExchangeFill, ...]
    deposits: Mapping[str, Decimal]
    balances: Mapping[str, Decimal]
    sends: tuple[str, ...] = ()

    @property
    def ours(self) -> list[ExchangeOrder]:
        return [order for order in self.orders if order.client_order_id.startswith(self.prefix)]


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """A row of ours. `was_sending` tells whether SENDING was ever committed, `adopted` whether the row came afterwards."""

    pk: int
    client_order_id: str
    bot_id: int
    trade_id: int | None
    symbol: str
    side: str
    leg: str
    status: str
    filled: Decimal
    was_sending: bool
    adopted: bool


@dataclass(frozen=True, slots=True)
class OwnFill:
    id: str
    order_pk: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    side: str
    time_ms: int


@dataclass(frozen=True, slots=True)
class OwnTrade:
    pk: int
    bot_id: int
    symbol: str
    status: str
    held: Decimal
    cost: Decimal
    proceeds: Decimal


@dataclass(frozen=True, slots=True)
class OwnBook:
    """Everything that our database holds of one exchange key."""

    orders: tuple[OwnOrder, ...]
    fills: tuple[OwnFill, ...]
    trades: tuple[OwnTrade, ...]


def read_exchange(url: str, api_key: str, prefix: str) -> ExchangeBook:
    """One account of the paper exchange that listens at `url`, which was started with `--faults`."""
    content, requested = (_ask(url, name, api_key) for name in ("ledger", "requests"))
    return parse_exchange(content, requested["placings"], prefix)


def _ask(url: str, name: str, api_key: str) -> Any:
    answer = requests.get(f"{url}/paper/control/{name}", params={"apiKey": api_key}, timeout=CALL_SECONDS)
    answer.raise_for_status()
    return answer.json()


def parse_exchange(
    content: Mapping[str, Any], placings: Iterable[Mapping[str, Any]], prefix: str
) -> ExchangeBook:
    return ExchangeBook(
        prefix=prefix,
        orders=tuple(map(_exchange_order, content["orders"])),
        fills=tuple(map(_exchange_fill, content["fills"])),
        deposits={asset: Decimal(amount) for asset, amount in content["deposits"].items()},
        balances={
            asset: Decimal(one["free"]) + Decimal(one["locked"]) for asset, one in content["balances"].items()
        },
        sends=tuple(placing["client_order_id"] for placing in placings),
    )


def _exchange_order(row: Mapping[str, Any]) -> ExchangeOrder:
    return ExchangeOrder(
        id=str(row["id"]),
        client_order_id=row["client_order_id"],
        symbol=row["symbol"],
        side=row["side"],
        quantity=Decimal(row["quantity"]),
        executed=Decimal(row["executed_quantity"]),
        status=row["status"],
        created_ms=int(row["created_ms"]),
    )


def _exchange_fill(row: Mapping[str, Any]) -> ExchangeFill:
    return ExchangeFill(
        id=str(row["id"]),
        order_id=str(row["order_id"]),
        price=Decimal(row["price"]),
        quantity=Decimal(row["quantity"]),
        fee=Decimal(row["fee"]),
        fee_asset=row["fee_asset"],
        side="BUY" if row["is_buyer"] else "SELL",
        time_ms=int(row["time_ms"]),
        symbol=row["symbol"],
    )


@contextmanager
def open_database(database: str) -> Iterator[Query]:
    """A PostgreSQL URL, or the path of a SQLite file. One view of it, closed afterwards."""
    if database.startswith("postgres"):
        with psycopg.connect(database, row_factory=psycopg.rows.dict_row) as connection:
            yield lambda text: connection.execute(text.encode()).fetchall()
        return
    with closing(sqlite3.connect(f"file:{Path(database)}?mode=rw", uri=True, timeout=20)) as file:
        file.row_factory = sqlite3.Row
        yield lambda text: [dict(row) for row in file.execute(text)]


def read_own(query: Query, key_id: int) -> OwnBook:
    """Our rows of one exchange key."""
    return OwnBook(
        orders=tuple(map(_own_order, query(_select("trades_order", key_id)))),
        fills=tuple(map(_own_fill, query(_select("trades_fill", key_id)))),
        trades=tuple(map(_own_trade, query(_select("trades_trade", key_id)))),
    )


def _select(table: str, key_id: int) -> str:
    return f"SELECT * FROM {table} WHERE exchange_key_id = {int(key_id)} ORDER BY id"  # noqa: S608


def _own_order(row: Mapping[str, Any]) -> OwnOrder:
    return OwnOrder(
        pk=row["id"],
        client_order_id=row["client_order_id"],
        bot_id=row["bot_id"],
        trade_id=row["trade_id"],
        symbol=row["symbol"],
        side=row["side"].upper(),
        leg=row["leg"],
        status=row["status"],
        filled=Decimal(row["filled_quantity"]),
        was_sending=row["sign_deadline"] is not None,
        adopted=row["reason"] == "adopted",
    )


def _own_fill(row: Mapping[str, Any]) -> OwnFill:
    return OwnFill(
        id=row["exchange_fill_id"],
        order_pk=row["order_id"],
        price=Decimal(row["price"]),
        quantity=Decimal(row["quantity"]),
        fee=Decimal(row["fee"]),
        fee_asset=row["fee_asset"],
        side=row["side"].upper(),
        time_ms=_milliseconds(row["executed_at"]),
    )


def _own_trade(row: Mapping[str, Any]) -> OwnTrade:
    return OwnTrade(
        pk=row["id"],
        bot_id=row["bot_id"],
        symbol=row["symbol"],
        status=row["status"],
        held=Decimal(row["held_quantity"]),
        cost=Decimal(row["cost"]),
        proceeds=Decimal(row["proceeds"]),
    )


def _milliseconds(moment: datetime | str) -> int:
    """SQLite keeps times as text in UTC."""
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC) if isinstance(moment, str) else moment
    elapsed = at - EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000 + elapsed.microseconds // 1_000
