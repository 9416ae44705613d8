"""Looking back through the orders and fills of one account, the newest first, a page at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .orders import Fill, Order
from .store import CLOSED, Store

FOREVER_MS = 2**62
_CHUNK = 200


class Place(NamedTuple):
    """Where a page ends: the time and the id of a record. The next page holds what lies before it."""

    time_ms: int
    id: int


NEWEST = Place(FOREVER_MS, FOREVER_MS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: of one pair or (None) of all, between two times in milliseconds, both inclusive."""

    account_id: int
    symbol: str | None = None
    start: int = 0
    end: int = FOREVER_MS
    before: Place = NEWEST
    limit: int = 50


def list_open(store: Store, wanted: Wanted) -> list[Order]:
    """Open orders, by their creation."""
    found = reversed(store.list_open_orders(wanted.account_id, wanted.symbol))
    return [order for order in found if order.id < wanted.before.id][: wanted.limit]


def list_closed(store: Store, wanted: Wanted, keep: Callable[[Order], bool]) -> list[Order]:
    """Closed orders that `keep` says yes to, by their creation."""
    chosen, values = _match(account_id=wanted.account_id, symbol=wanted.symbol)
    condition = (
        f"{chosen} AND {CLOSED} AND created_ms BETWEEN ? AND ? AND id < ? ORDER BY id DESC LIMIT {_CHUNK}"
    )
    found: list[Order] = []
    before = wanted.before.id
    while True:
        rows = store.select_orders(condition, (*values, wanted.start, wanted.end, before))
        found += [order for order in rows if keep(order)]
        if len(rows) < _CHUNK or len(found) >= wanted.limit:
            return found[: wanted.limit]
        before = rows[-1].id


def list_last_closed(store: Store, account_id: int, count: int) -> list[Order]:
    """The orders of the account that closed last, by their closing."""
    condition = f"account_id = ? AND {CLOSED} ORDER BY updated_ms DESC, id DESC LIMIT ?"
    return store.select_orders(condition, (account_id, count))


def is_among_last_closed(store: Store, order: Order, count: int) -> bool:
    """Whether fewer than `count` orders of its account closed after this closed one."""
    condition = f"account_id = ? AND {CLOSED} AND (updated_ms, id) > (?, ?) LIMIT 1 OFFSET ?"
    return not store.select_orders(condition, (order.account_id, order.updated_ms, order.id, count - 1))


def list_fills(store: Store, wanted: Wanted, order_id: int | None) -> list[Fill]:
    """Fills, of one order or (None) of all, by their time."""
    chosen, values = _match(account_id=wanted.account_id, symbol=wanted.symbol, order_id=order_id)
    condition = (
        f"{chosen} AND time_ms BETWEEN ? AND ? AND (time_ms, id) < (?, ?)"
        " ORDER BY time_ms DESC, id DESC LIMIT ?"
    )
    return store.select_fills(condition, (*values, wanted.start, wanted.end, *wanted.before, wanted.limit))


def list_fills_of(store: Store, order_id: int) -> list[Fill]:
    """Every fill of an order, oldest first."""
    return store.select_fills("order_id = ? ORDER BY id", (order_id,))


def _match(**columns: int | str | None) -> tuple[str, list[int | str]]:
    """The condition that these columns have these values, None being any, with its values: only so an index serves it."""
    given = {name: value for name, value in columns.items() if value is not None}
    return " AND ".join(f"{name} = ?" for name in given), list(given.values())
