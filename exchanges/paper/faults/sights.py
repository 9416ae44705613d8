"""Faults of the exchange itself: what becomes of an order, and what a request sees of orders, fills and time.

Each puts a view of the exchange before the request; several kinds at once lie one over the other.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

from ..accounts import Account
from ..exchange import Exchange
from ..orders import ZERO, Deferral, Fill, Order, OrderRequest, OrderStatus
from ..store import FILL_COLUMNS, ORDER_COLUMNS, Store
from ..views import ExchangeView
from .options import Options, take_choice, take_seconds, take_share, take_whole

_MOST_PARTS = 100


@dataclass(frozen=True, slots=True)
class Defer:
    deferral: Deferral

    @classmethod
    def parse(cls, options: Options) -> Self:
        milliseconds = int(take_seconds(options, "seconds") * 1000)
        return cls(Deferral(milliseconds, take_whole(options, "parts", _MOST_PARTS)))

    def look(self, exchange: Exchange) -> Exchange:
        return _Deferring(exchange, self.deferral)


class _Deferring(ExchangeView):
    def __init__(self, exchange: Exchange, deferral: Deferral) -> None:
        super().__init__(exchange)
        self._deferral = deferral

    def place(
        self, account: Account, request: OrderRequest, deferral: Deferral | None = None
    ) -> tuple[Order, list[Fill]]:
        return super().place(account, request, deferral or self._deferral)


@dataclass(frozen=True, slots=True)
class Race:
    share: Fraction

    @classmethod
    def parse(cls, options: Options) -> Self:
        return cls(take_share(options, "share"))

    def look(self, exchange: Exchange) -> Exchange:
        return _Racing(exchange, self.share)


class _Racing(ExchangeView):
    def __init__(self, exchange: Exchange, share: Fraction) -> None:
        super().__init__(exchange)
        self._share = share

    def cancel(self, order: Order) -> Order:
        order = self.reread(order)
        return super().cancel(self.execute(order, self._share) if order.is_open else order)


@dataclass(frozen=True, slots=True)
class Late:
    milliseconds: int

    @classmethod
    def parse(cls, options: Options) -> Self:
        return cls(int(take_seconds(options, "seconds") * 1000))

    def look(self, exchange: Exchange) -> Exchange:
        """Without the youngest fills, and with orders as they were before those."""
        until, store = exchange.now_ms() - self.milliseconds, exchange.store

        def show(order: Order) -> Order:
            return _take_back(order, store.select_fills("order_id = ? AND time_ms > ?", (order.id, until)))

        fills = f"(SELECT * FROM {{}} WHERE time_ms <= {until})"  # noqa: S608 a whole number
        return ExchangeView(exchange, store.seen_through(fills=fills, order_view=show))


def _take_back(order: Order, fills: list[Fill]) -> Order:
    """The order before some of its fills."""
    if not fills:
        return order
    executed = order.executed_quantity - sum((fill.quantity for fill in fills), ZERO)
    return replace(
        order,
        executed_quantity=executed,
        executed_quote=order.executed_quote - sum((fill.quote_quantity for fill in fills), ZERO),
        status=OrderStatus.PARTIALLY_FILLED if executed else OrderStatus.NEW,
    )


@dataclass(frozen=True, slots=True)
class Stale:
    milliseconds: int
    is_missing: bool

    @classmethod
    def parse(cls, options: Options) -> Self:
        milliseconds = int(take_seconds(options, "seconds") * 1000)
        return cls(milliseconds, take_choice(options, "show", ("missing", "new")) == "missing")

    def look(self, exchange: Exchange) -> Exchange:
        """Without what became of the youngest orders, or without those orders."""
        until = exchange.now_ms() - self.milliseconds
        settled = f"(SELECT * FROM {{}} WHERE created_ms <= {until})"  # noqa: S608 a whole number
        known = exchange.store.seen_through(orders=settled)
        orders = settled if self.is_missing else _as_new(until)
        order = f"SELECT 1 FROM {known.orders_source} AS known WHERE known.id = row.order_id"  # noqa: S608
        fills = f"(SELECT * FROM {{}} AS row WHERE EXISTS ({order}))"  # noqa: S608 its own SQL
        return ExchangeView(exchange, exchange.store.seen_through(orders=orders, fills=fills))


def _as_new(until: int) -> str:
    def unless_old(new: str, name: str) -> str:
        return f"CASE WHEN created_ms > {until} THEN {new} ELSE {name} END"

    changed = {
        "status": "'NEW'",
        "executed_quantity": "'0'",
        "executed_quote": "'0'",
        "updated_ms": "created_ms",
    }
    return _select(ORDER_COLUMNS, {name: unless_old(new, name) for name, new in changed.items()})


@dataclass(frozen=True, slots=True)
class Skew:
    milliseconds: int

    @classmethod
    def parse(cls, options: Options) -> Self:
        milliseconds = int(take_seconds(options, "seconds") * 1000)
        is_behind = take_choice(options, "direction", ("ahead", "behind")) == "behind"
        return cls(-milliseconds if is_behind else milliseconds)

    def look(self, exchange: Exchange) -> Exchange:
        return _Skewed(exchange, self.milliseconds)


class _Skewed(ExchangeView):
    def __init__(self, exchange: Exchange, milliseconds: int) -> None:
        super().__init__(exchange, _shift(exchange.store, milliseconds))
        self._milliseconds = milliseconds

    def now_ms(self) -> int:
        return super().now_ms() + self._milliseconds

    def wall_ms(self) -> int:
        return super().wall_ms() + self._milliseconds


def _shift(store: Store, milliseconds: int) -> Store:
    def shift(*names: str) -> dict[str, str]:
        return {name: f"{name} + {milliseconds}" for name in names}

    orders = _select(ORDER_COLUMNS, shift("created_ms", "updated_ms"))
    return store.seen_through(orders=orders, fills=_select(FILL_COLUMNS, shift("time_ms")))


def _select(columns: tuple[str, ...], changed: dict[str, str]) -> str:
    """SQL for all columns of what is selected from, some of them changed."""
    names = [f"{changed[name]} AS {name}" if name in changed else name for name in columns]
    return f"(SELECT {', '.join(names)} FROM {{}})"  # noqa: S608 names of columns
