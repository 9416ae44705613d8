"""Our own database read by plain SQL, beside the platform that works on it."""

import sqlite3
from contextlib import closing
from typing import Any

from tests.chaos.books import open_database
from tests.platform import Platform
from trades.domain import UNRESOLVED

# No transaction of ours takes as long.
LOCKED_SECONDS = 1.0


def database_of(platform: Platform) -> str:
    """A PostgreSQL address, or the path of the SQLite file."""
    url = platform.environment().get("DATABASE_URL", "")
    return url if url.startswith("postgres") else str(platform.data_dir / "cardume.sqlite3")


def ask(platform: Platform, sql: str) -> list[dict[str, Any]]:
    with open_database(database_of(platform)) as query:
        return query(sql)


def count_unresolved(platform: Platform) -> int:
    """Orders whose fate is still open."""
    return len(bots_in_doubt(platform))


def bots_in_doubt(platform: Platform) -> list[int]:
    """The bot of each order whose fate is still open."""
    statuses = ", ".join(f"'{status.value}'" for status in sorted(UNRESOLVED))
    # The members of an enumeration are no one's input.
    rows = ask(platform, f"SELECT bot_id FROM trades_order WHERE status IN ({statuses})")  # noqa: S608
    return [row["bot_id"] for row in rows]


def open_trades(platform: Platform) -> set[tuple[int, str]]:
    """Bot and symbol of each."""
    rows = ask(platform, "SELECT bot_id, symbol FROM trades_trade WHERE status = 'OPEN'")
    return {(row["bot_id"], row["symbol"]) for row in rows}


def count_orders(platform: Platform) -> int:
    return int(ask(platform, "SELECT count(*) AS n FROM trades_order")[0]["n"])


def can_write(platform: Platform) -> bool:
    """Whether nobody keeps SQLite's only write lock; PostgreSQL locks rows."""
    database = database_of(platform)
    if database.startswith("postgres"):
        return True
    with closing(sqlite3.connect(database, isolation_level=None, timeout=LOCKED_SECONDS)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.execute("ROLLBACK")
    return True
