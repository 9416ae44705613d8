"""The words of a market, as plain frozen values: what the gateway returns and everything above it speaks.

Prices are in quote asset per base asset, quantities in base asset, notionals in quote asset; all Decimal. Times are
aware UTC datetimes. Symbols are in ccxt's unified form (`BTC/USDT`). An unknown enum value raises ValueError.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Environment(StrEnum):
    """Which of an exchange's worlds a key belongs to; it changes base URLs and nothing else."""

    PAPER = "paper"
    TESTNET = "testnet"
    LIVE = "live"


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    MARKET = "market"
    LIMIT = "limit"


class Liquidity(StrEnum):
    MAKER = "maker"
    TAKER = "taker"


class ExchangeOrderStatus(StrEnum):
    """What an exchange says of an order it knows."""

    OPEN = "OPEN"
    PARTIAL = "PARTIAL"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True, order=True)
class Venue:
    """One market place: an exchange (ccxt id) in one environment."""

    exchange: str
    environment: Environment

    def __str__(self) -> str:
        return f"{self.exchange}:{self.environment.value}"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What an exchange allows one address: so much weight in any so many seconds.

    `order_weight` is what one order costs with everything that is asked around it: so much each user gets, however many
    there are.
    """

    weight: int
    seconds: int
    order_weight: int

    @property
    def milliseconds(self) -> int:
        return self.seconds * 1_000


@dataclass(frozen=True, slots=True)
class Instrument:
    """A spot pair and its trading rules. `lot_size` and `tick_size` are the steps of quantity and price."""

    symbol: str
    exchange_symbol: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal | None
    min_notional: Decimal
    active: bool = True


@dataclass(frozen=True, slots=True)
class Ticker:
    symbol: str
    bid: Decimal
    ask: Decimal
    last: Decimal


@dataclass(frozen=True, slots=True)
class Candle:
    """One candle; it covers [open_time, open_time + timeframe)."""

    open_time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    asset: str
    free: Decimal
    locked: Decimal


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a key may do. None means that the exchange cannot tell (a Binance testnet has no such call)."""

    can_trade: bool | None
    can_withdraw: bool | None
    can_transfer: bool | None
    ip_restricted: bool | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One order to send, already quantised to the instrument's steps. `limit_price` is None for a market order."""

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    limit_price: Decimal | None
    client_order_id: str


@dataclass(frozen=True, slots=True)
class ExchangeFill:
    """One execution. `exchange_fill_id` is unique per account and symbol; `fee` is positive when paid."""

    exchange_fill_id: str
    exchange_order_id: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: Liquidity
    executed_at: datetime


@dataclass(frozen=True, slots=True)
class ExchangeOrder:
    """An order as its exchange tells it."""

    exchange_order_id: str
    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    status: ExchangeOrderStatus
    quantity: Decimal
    filled_quantity: Decimal
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Execution:
    """An order and every fill of it so far."""

    order: ExchangeOrder
    fills: tuple[ExchangeFill, ...]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An exchange's yes to an order: it exists. `execution` is what became of it at once, where the same answer told."""

    exchange_order_id: str
    execution: Execution | None = None
