"""The exchange's records in SQLite. Amounts are text, exact; times are milliseconds.

WAL with synchronous=NORMAL: a committed transaction survives the process being killed at any instruction.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from .accounts import Account
from .balances import Balance
from .orders import Fill, Order, OrderStatus, OrderType, Side, TimeInForce

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY, api_key TEXT NOT NULL UNIQUE, secret_key TEXT NOT NULL, label TEXT NOT NULL,
    permissions TEXT NOT NULL, created_ms INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS deposits (
    account_id INTEGER NOT NULL REFERENCES accounts, asset TEXT NOT NULL, amount TEXT NOT NULL,
    PRIMARY KEY (account_id, asset)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS balances (
    account_id INTEGER NOT NULL REFERENCES accounts, asset TEXT NOT NULL,
    free TEXT NOT NULL, locked TEXT NOT NULL,
    PRIMARY KEY (account_id, asset)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL REFERENCES accounts,
    symbol TEXT NOT NULL, client_order_id TEXT NOT NULL, side TEXT NOT NULL, type TEXT NOT NULL,
    time_in_force TEXT NOT NULL, price TEXT NOT NULL, quantity TEXT NOT NULL, quote_quantity TEXT NOT NULL,
    executed_quantity TEXT NOT NULL, executed_quote TEXT NOT NULL, status TEXT NOT NULL,
    locked TEXT NOT NULL, created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL, deferred_until INTEGER,
    deferred_parts INTEGER NOT NULL DEFAULT 0, deferred_step_ms INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS orders_by_account ON orders (account_id, symbol, id);
CREATE INDEX IF NOT EXISTS orders_by_client_id ON orders (account_id, client_order_id);
CREATE INDEX IF NOT EXISTS open_orders ON orders (account_id) WHERE status IN ('NEW', 'PARTIALLY_FILLED');
CREATE INDEX IF NOT EXISTS closed_orders ON orders (account_id, updated_ms, id)
    WHERE status NOT IN ('NEW', 'PARTIALLY_FILLED');
CREATE TABLE IF NOT EXISTS fills (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL REFERENCES orders,
    account_id INTEGER NOT NULL, symbol TEXT NOT NULL, price TEXT NOT NULL,
    quantity TEXT NOT NULL, quote_quantity TEXT NOT NULL,
    fee TEXT NOT NULL, fee_asset TEXT NOT NULL, time_ms INTEGER NOT NULL, is_buyer INTEGER NOT NULL,
    is_maker INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS fills_by_account ON fills (account_id, symbol, id);
CREATE INDEX IF NOT EXISTS fills_by_order ON fills (order_id);
CREATE INDEX IF NOT EXISTS fills_by_time ON fills (account_id, symbol, time_ms, id);
CREATE TABLE IF NOT EXISTS pins (
    symbol TEXT NOT NULL, second INTEGER NOT NULL, ticks INTEGER, PRIMARY KEY (symbol, second)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
ORDER_COLUMNS = tuple(field.name for field in fields(Order))
FILL_COLUMNS = tuple(field.name for field in fields(Fill))
_ORDER_AMOUNTS = ("price", "quantity", "quote_quantity", "executed_quantity", "executed_quote", "locked")
_FILL_AMOUNTS = ("price", "quantity", "quote_quantity", "fee")
_OPEN = "status IN ('NEW', 'PARTIALLY_FILLED')"
CLOSED = "status NOT IN ('NEW', 'PARTIALLY_FILLED')"
# Takes the symbol twice; None is any.
OF_SYMBOL = "(symbol = ? OR ? IS NULL)"


OrderView = Callable[[Order], Order]


class Store:
    """One connection, used by one thread; every change happens inside `transaction()`."""

    def __init__(self, path: Path) -> None:
        """Open or create the file, readable by its owner only, for it holds secret keys."""
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        self._add_missing_columns()
        self.orders_source, self.fills_source = "orders", "fills"
        self._order_views: tuple[OrderView, ...] = ()

    def close(self) -> None:
        self._connection.close()

    def seen_through(
        self, orders: str | None = None, fills: str | None = None, order_view: OrderView | None = None
    ) -> "Store":
        """The same records for reading, seen differently.

        `orders` and `fills` are SQL for what is selected from, with `{}` for what is selected from now;
        `order_view` changes each order that is read.
        """
        seen = copy(self)
        seen.orders_source = (orders or "{}").format(self.orders_source)
        seen.fills_source = (fills or "{}").format(self.fills_source)
        seen._order_views += (order_view,) if order_view else ()
        return seen

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: committed on leaving, rolled back by an exception."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk can end the transaction by itself.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def get_setting(self, name: str) -> str | None:
        row = self._connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_setting(self, name: str, value: str) -> None:
        self._connection.execute("REPLACE INTO settings VALUES (?, ?)", (name, value))

    def add_account(self, account: Account, balances: dict[str, Decimal]) -> int:
        """Store a new account (its id is ignored) with what it starts with, and return its id."""
        cursor = self._connection.execute(
            "INSERT INTO accounts (api_key, secret_key, label, permissions, created_ms)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                account.api_key,
                account.secret_key,
                account.label,
                json.dumps(account.permissions),
                account.created_ms,
            ),
        )
        account_id = int(cursor.lastrowid or 0)
        rows = [(account_id, asset, str(amount)) for asset, amount in balances.items()]
        self._connection.executemany("INSERT INTO deposits VALUES (?, ?, ?)", rows)
        self._connection.executemany("INSERT INTO balances VALUES (?, ?, ?, '0')", rows)
        return account_id

    def find_account(self, api_key: str) -> Account | None:
        row = self._connection.execute(
            "SELECT id, api_key, secret_key, label, permissions, created_ms, revoked FROM accounts"
            " WHERE api_key = ?",
            (api_key,),
        ).fetchone()
        return _read_account(row) if row else None

    def update_account(self, account: Account) -> None:
        self._connection.execute(
            "UPDATE accounts SET permissions = ?, revoked = ? WHERE id = ?",
            (json.dumps(account.permissions), account.revoked, account.id),
        )

    def list_deposits(self, account_id: int) -> dict[str, Decimal]:
        rows = self._connection.execute(
            "SELECT asset, amount FROM deposits WHERE account_id = ?", (account_id,)
        )
        return {asset: Decimal(amount) for asset, amount in rows}

    def add_deposits(self, account_id: int, moved: dict[str, Decimal]) -> None:
        """Add to what came in from outside; what goes out again is negative."""
        before = self.list_deposits(account_id)
        rows = [
            (account_id, asset, str(before.get(asset, Decimal(0)) + amount))
            for asset, amount in moved.items()
        ]
        self._connection.executemany("REPLACE INTO deposits VALUES (?, ?, ?)", rows)

    def list_balances(self, account_id: int) -> dict[str, Balance]:
        rows = self._connection.execute(
            "SELECT asset, free, locked FROM balances WHERE account_id = ?", (account_id,)
        )
        return {asset: Balance(Decimal(free), Decimal(locked)) for asset, free, locked in rows}

    def save_balances(self, account_id: int, balances: dict[str, Balance]) -> None:
        rows = [(account_id, asset, str(one.free), str(one.locked)) for asset, one in balances.items()]
        self._connection.executemany("REPLACE INTO balances VALUES (?, ?, ?, ?)", rows)

    def add_order(self, order: Order) -> int:
        """Store a new order; its id is ignored, the real one returned."""
        return self._insert("orders", ORDER_COLUMNS, order)

    def update_order(self, order: Order) -> None:
        self._connection.execute(
            "UPDATE orders SET quantity = ?, executed_quantity = ?, executed_quote = ?, status = ?,"
            " locked = ?, updated_ms = ?, deferred_until = ?, deferred_parts = ? WHERE id = ?",
            (
                str(order.quantity),
                str(order.executed_quantity),
                str(order.executed_quote),
                order.status,
                str(order.locked),
                order.updated_ms,
                order.deferred_until,
                order.deferred_parts,
                order.id,
            ),
        )

    def add_fill(self, fill: Fill) -> int:
        """Store a new fill; its id is ignored, the real one returned."""
        return self._insert("fills", FILL_COLUMNS, fill)

    def find_order(self, account_id: int, symbol: str | None, order_id: int) -> Order | None:
        condition = f"id = ? AND account_id = ? AND {OF_SYMBOL}"
        found = self.select_orders(condition, (order_id, account_id, symbol, symbol))
        return found[0] if found else None

    def find_by_client_id(self, account_id: int, symbol: str | None, client_order_id: str) -> Order | None:
        """The newest order with this client id."""
        condition = f"account_id = ? AND client_order_id = ? AND {OF_SYMBOL} ORDER BY id DESC LIMIT 1"
        found = self.select_orders(condition, (account_id, client_order_id, symbol, symbol))
        return found[0] if found else None

    def has_open_client_id(self, account_id: int, client_order_id: str) -> bool:
        condition = f"account_id = ? AND client_order_id = ? AND {_OPEN} LIMIT 1"
        return bool(self.select_orders(condition, (account_id, client_order_id)))

    def list_open_orders(self, account_id: int | None = None, symbol: str | None = None) -> list[Order]:
        """Open orders of one account, of one pair of it, or (without an account) of everyone."""
        if account_id is None:
            return self.select_orders(f"{_OPEN} ORDER BY id", ())
        if symbol is None:
            return self.select_orders(f"account_id = ? AND {_OPEN} ORDER BY id", (account_id,))
        # The sign keeps SQLite from going through every order of the pair for the few that are open.
        condition = f"account_id = ? AND {_OPEN} AND +symbol = ? ORDER BY id"
        return self.select_orders(condition, (account_id, symbol))

    def list_orders(
        self, account_id: int, symbol: str, from_id: int | None, start: int | None, end: int, limit: int
    ) -> list[Order]:
        """The oldest orders from an id or a creation time on, without either the newest; oldest first."""
        oldest = from_id is not None or start is not None
        direction = "ASC" if oldest else "DESC"
        found = self.select_orders(
            f"account_id = ? AND symbol = ? AND id >= ? AND created_ms BETWEEN ? AND ? ORDER BY id {direction} LIMIT ?",
            (account_id, symbol, from_id or 0, start or 0, end, limit),
        )
        return found if oldest else found[::-1]

    def list_account_orders(self, account_id: int) -> list[Order]:
        return self.select_orders("account_id = ? ORDER BY id", (account_id,))

    def list_fills(
        self,
        account_id: int,
        symbol: str,
        *,
        order_id: int | None,
        from_id: int | None,
        start: int | None,
        end: int,
        limit: int,
    ) -> list[Fill]:
        """The oldest fills from an id or a time on, without either the newest; oldest first."""
        oldest = from_id is not None or start is not None
        direction = "ASC" if oldest else "DESC"
        found = self.select_fills(
            "account_id = ? AND symbol = ? AND id >= ? AND time_ms BETWEEN ? AND ?"
            f" AND (order_id = ? OR ? IS NULL) ORDER BY id {direction} LIMIT ?",
            (account_id, symbol, from_id or 0, start or 0, end, order_id, order_id, limit),
        )
        return found if oldest else found[::-1]

    def list_account_fills(self, account_id: int) -> list[Fill]:
        return self.select_fills("account_id = ? ORDER BY id", (account_id,))

    def add_pin(self, symbol: str, second: int, ticks: int | None) -> None:
        self._connection.execute("REPLACE INTO pins VALUES (?, ?, ?)", (symbol, second, ticks))

    def list_pins(self) -> list[tuple[str, int, int | None]]:
        return list(self._connection.execute("SELECT symbol, second, ticks FROM pins ORDER BY second"))

    def _insert(self, table: str, columns: tuple[str, ...], record: Order | Fill) -> int:
        values = [getattr(record, name) for name in columns if name != "id"]
        texts = [str(value) if isinstance(value, Decimal) else value for value in values]
        names = ", ".join(columns[1:])
        marks = ", ".join("?" * len(texts))
        cursor = self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", texts)  # noqa: S608
        return int(cursor.lastrowid or 0)

    def select_fills(self, condition: str, values: tuple[str | int | None, ...]) -> list[Fill]:
        """Fills by an SQL condition with its marks' values."""
        names = ", ".join(FILL_COLUMNS)
        query = f"SELECT {names} FROM {self.fills_source} WHERE {condition}"  # noqa: S608
        return [_read_fill(row) for row in self._connection.execute(query, values)]

    def select_orders(self, condition: str, values: tuple[str | int | None, ...]) -> list[Order]:
        """Orders by an SQL condition with its marks' values."""
        names = ", ".join(ORDER_COLUMNS)
        query = f"SELECT {names} FROM {self.orders_source} WHERE {condition}"  # noqa: S608
        found = [_read_order(row) for row in self._connection.execute(query, values)]
        for view in self._order_views:
            found = [view(order) for order in found]
        return found

    def _add_missing_columns(self) -> None:
        """Bring a file of an earlier version up to date."""
        known = {row[1] for row in self._connection.execute("PRAGMA table_info(orders)")}
        for name in ("deferred_parts", "deferred_step_ms"):
            if name not in known:
                self._connection.execute(f"ALTER TABLE orders ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0")


def _read_account(row: tuple[Any, ...]) -> Account:
    return Account(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5], bool(row[6]))


def _read_order(row: tuple[Any, ...]) -> Order:
    record = dict(zip(ORDER_COLUMNS, row, strict=True))
    record |= {name: Decimal(record[name]) for name in _ORDER_AMOUNTS}
    record["side"], record["type"] = Side(record["side"]), OrderType(record["type"])
    record["time_in_force"] = TimeInForce(record["time_in_force"])
    record["status"] = OrderStatus(record["status"])
    return Order(**record)


def _read_fill(row: tuple[Any, ...]) -> Fill:
    record = dict(zip(FILL_COLUMNS, row, strict=True))
    record |= {name: Decimal(record[name]) for name in _FILL_AMOUNTS}
    record["is_buyer"], record["is_maker"] = bool(record["is_buyer"]), bool(record["is_maker"])
    return Fill(**record)
