"""A hand-written exchange session for the ledger's tests, which can be told to fail in each way an exchange does."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from types import TracebackType
from typing import Self

from exchanges.domain import (
    Acknowledgement,
    Balance,
    ExchangeFill,
    ExchangeOrder,
    ExchangeOrderStatus,
    Execution,
    Liquidity,
    OrderRequest,
    Side,
)
from exchanges.errors import ExchangeError, OrderStatusUnknown

FEE_RATE = Decimal("0.001")
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class ProcessKilled(BaseException):
    """Stands for kill -9: nothing catches it."""


@dataclass
class FakeExchange:
    """What the exchange knows. `answer` of each send: None acknowledges, an exception is raised after `executes`.

    An acknowledgement `tells` what was executed, or nothing.
    """

    price: Decimal = Decimal(100)
    executes: bool = True
    answer: BaseException | None = None
    lookup_error: ExchangeError | None = None
    forgets: bool = False
    tells: bool = False
    lookups: int = 0
    parts: int = 1
    reports_parts: int | None = None
    rests_after: int | None = None
    fills_before_cancel: bool = False
    cancel_answer: ExchangeError | None = None
    cancels: list[str] = field(default_factory=list)
    orders: dict[str, ExchangeOrder] = field(default_factory=dict)
    fills: list[ExchangeFill] = field(default_factory=list)
    sends: list[str] = field(default_factory=list)
    free: dict[str, Decimal] = field(default_factory=lambda: {"USDT": Decimal(1000), "BTC": Decimal(1)})
    locked: dict[str, Decimal] = field(default_factory=dict)
    during_send: Callable[[], None] = lambda: None

    def execute(self, request: OrderRequest) -> ExchangeOrder:
        number = str(len(self.orders) + 1)
        part = request.quantity / self.parts
        executed = self.parts if self.rests_after is None else self.rests_after
        buying = request.side is Side.BUY
        for _ in range(self.parts):
            self.fills.append(
                ExchangeFill(
                    exchange_fill_id=str(len(self.fills) + 1),
                    exchange_order_id=number,
                    symbol=request.symbol,
                    side=request.side,
                    price=self.price,
                    quantity=part,
                    fee=part * FEE_RATE if buying else part * self.price * FEE_RATE,
                    fee_asset="BTC" if buying else "USDT",
                    liquidity=Liquidity.TAKER,
                    executed_at=AT,
                )
            )
        order = ExchangeOrder(
            exchange_order_id=number,
            client_order_id=request.client_order_id,
            symbol=request.symbol,
            side=request.side,
            type=request.type,
            status=ExchangeOrderStatus.FILLED if self.rests_after is None else ExchangeOrderStatus.PARTIAL,
            quantity=request.quantity,
            filled_quantity=part * executed,
            created_at=AT,
        )
        self.reports_parts = self.reports_parts if self.rests_after is None else executed
        self.orders[request.client_order_id] = order
        return order

    def cancel(self, client_order_id: str) -> None:
        """An order that is over stays as it is."""
        order = self.orders[client_order_id]
        if order.status is not ExchangeOrderStatus.PARTIAL:
            return
        self.cancels.append(client_order_id)
        if self.fills_before_cancel:
            self.reports_parts = None
            ended = replace(order, status=ExchangeOrderStatus.FILLED, filled_quantity=order.quantity)
        else:
            ended = replace(order, status=ExchangeOrderStatus.CANCELED)
        self.orders[client_order_id] = ended


class FakeSession:
    """What `exchanges.gateway.Session` offers, over a FakeExchange."""

    def __init__(self, exchange: FakeExchange) -> None:
        self.exchange = exchange

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        return None

    def send_order(
        self, request: OrderRequest, *, deadline: datetime, now: Callable[[], datetime]
    ) -> Acknowledgement:
        self.exchange.sends.append(request.client_order_id)
        order_id = self.exchange.execute(request).exchange_order_id if self.exchange.executes else ""
        self.exchange.during_send()
        if self.exchange.answer is not None:
            raise self.exchange.answer
        if not order_id:
            raise OrderStatusUnknown("no answer")
        return Acknowledgement(order_id, self._execution(request) if self.exchange.tells else None)

    def _execution(self, request: OrderRequest) -> Execution:
        order = self.exchange.orders[request.client_order_id]
        fills = [fill for fill in self.exchange.fills if fill.exchange_order_id == order.exchange_order_id]
        return Execution(order, tuple(fills[: self.exchange.reports_parts]))

    def find_order(self, symbol: str, client_order_id: str) -> ExchangeOrder | None:
        self.exchange.lookups += 1
        if self.exchange.lookup_error is not None:
            raise self.exchange.lookup_error
        return None if self.exchange.forgets else self.exchange.orders.get(client_order_id)

    def cancel_order(self, symbol: str, client_order_id: str) -> None:
        self.exchange.cancel(client_order_id)
        if self.exchange.cancel_answer is not None:
            raise self.exchange.cancel_answer

    def list_orders(self, symbol: str, since: datetime) -> list[ExchangeOrder]:
        return [order for order in self.exchange.orders.values() if order.symbol == symbol]

    def list_order_fills(self, symbol: str, exchange_order_id: str) -> list[ExchangeFill]:
        found = [fill for fill in self.exchange.fills if fill.exchange_order_id == exchange_order_id]
        return found[: self.exchange.reports_parts]

    def fetch_balances(self) -> dict[str, Balance]:
        free, locked = self.exchange.free, self.exchange.locked
        return {
            asset: Balance(asset, free.get(asset, Decimal(0)), locked.get(asset, Decimal(0)))
            for asset in {*free, *locked}
        }
