"""Orders and fills as this exchange records them."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    MARKET = "MARKET"
    LIMIT = "LIMIT"
    LIMIT_MAKER = "LIMIT_MAKER"


class TimeInForce(StrEnum):
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderStatus(StrEnum):
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


OPEN_STATUSES = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a client asks for.

    `quantity` is in the base asset; a market order may give `quote_quantity` instead. `price` belongs to
    limit orders. `is_id_unique` refuses a client order id that any earlier order had, not only an open one;
    an empty id is no id.
    """

    symbol: str
    side: Side
    type: OrderType
    client_order_id: str
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    is_id_unique: bool = False


@dataclass(frozen=True, slots=True)
class Deferral:
    """How an order is held from the market: `parts` of it meet it one by one, each `step_ms` after the last."""

    step_ms: int
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Order:
    """An accepted order. Times in milliseconds of market time.

    `locked` is what it still holds back of the asset it spends. `deferred_until` is set while it is accepted
    but held from the market: then the next of its `deferred_parts` meets it. `quantity` of a market order by
    quote amount is what it bought or sold.
    """

    id: int
    account_id: int
    symbol: str
    client_order_id: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    executed_quantity: Decimal
    executed_quote: Decimal
    status: OrderStatus
    locked: Decimal
    created_ms: int
    updated_ms: int
    deferred_until: int | None = None
    deferred_parts: int = 0
    deferred_step_ms: int = 0

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def can_rest(self) -> bool:
        """Whether what does not execute at once stays in the book."""
        return self.type is not OrderType.MARKET and self.time_in_force is TimeInForce.GTC

    @property
    def is_by_quote(self) -> bool:
        """Whether a market order says what to spend or raise, not what to trade."""
        return self.type is OrderType.MARKET and self.quote_quantity > 0

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.executed_quantity


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution. The fee is taken from the asset received."""

    id: int
    order_id: int
    account_id: int
    symbol: str
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    fee: Decimal
    fee_asset: str
    time_ms: int
    is_buyer: bool
    is_maker: bool
