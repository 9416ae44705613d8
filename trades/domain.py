"""The words of the order ledger, as plain frozen values. Units as in `exchanges.domain`."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from exchanges.domain import Liquidity, Side

# A purchase at the market may cost so much more than at the price it was decided on.
SLIPPAGE_RESERVE = Decimal("0.005")


class OrderStatus(StrEnum):
    """The life of an order intent.

    PLANNED → SENDING → OPEN / PARTIAL / FILLED / CANCELED / EXPIRED / REJECTED
    SENDING → UNKNOWN → any of those, or NEVER_PLACED, or HELD. PLANNED → ABANDONED.
    """

    PLANNED = "PLANNED"
    SENDING = "SENDING"
    UNKNOWN = "UNKNOWN"
    HELD = "HELD"
    OPEN = "OPEN"
    PARTIAL = "PARTIAL"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    NEVER_PLACED = "NEVER_PLACED"
    ABANDONED = "ABANDONED"


UNRESOLVED = frozenset(
    {
        OrderStatus.PLANNED,
        OrderStatus.SENDING,
        OrderStatus.UNKNOWN,
        OrderStatus.HELD,
        OrderStatus.OPEN,
        OrderStatus.PARTIAL,
    }
)
# As columns have them.
UNRESOLVED_VALUES = sorted(status.value for status in UNRESOLVED)
RESTING = frozenset({OrderStatus.OPEN, OrderStatus.PARTIAL})
IN_DOUBT = frozenset({OrderStatus.SENDING, OrderStatus.UNKNOWN, OrderStatus.HELD})


class Leg(StrEnum):
    """Whether an order opens a trade or closes it."""

    ENTRY = "entry"
    EXIT = "exit"


class TradeStatus(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class HoldCode(StrEnum):
    """Why an exchange cannot be asked about an order."""

    NO_ANSWER = "no_answer"
    RATE_LIMITED = "rate_limited"
    KEY_REFUSED = "key_refused"
    KEY_UNREADABLE = "key_unreadable"


class HaltScope(StrEnum):
    """What entries can be halted for, the most general first. A key's halt is on the key itself."""

    PLATFORM = "platform"
    EXCHANGE = "exchange"
    USER = "user"
    KEY = "key"
    BOT = "bot"


class HaltedBy(StrEnum):
    """Who halted. What the operator halted, the owner cannot resume; what is automatic waits for the operator's look."""

    OWNER = "owner"
    OPERATOR = "operator"
    AUTOMATIC = "automatic"


class Reason(StrEnum):
    """Why an order was wanted; MANUAL is why a trade ended whose coins its owner sold or moved by hand."""

    BELOW_AVERAGE = "below_average"
    TAKE_PROFIT = "take_profit"
    STOP_LOSS = "stop_loss"
    TRAILING_STOP = "trailing_stop"
    BACK_TO_AVERAGE = "back_to_average"
    CLOSE_ALL = "close_all"
    ADOPTED = "adopted"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """An order that the engine wants, quantised to the instrument. `decision_key` makes it unique for its bot."""

    symbol: str
    side: Side
    leg: Leg
    reason: Reason
    quantity: Decimal
    reference_price: Decimal
    decision_key: str
    trade_id: int | None


@dataclass(frozen=True, slots=True)
class PositionFill:
    """What P&L needs to know of one fill. `display_rate` is display currency per quote asset, None if unknown.

    `ordered_at` is when its order was made, by our clock; `executed_at` is by the exchange's.
    """

    exchange_fill_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: Liquidity
    executed_at: datetime
    display_rate: Decimal | None
    fee_rate: Decimal | None
    ordered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stocktake:
    """A count of a position that found fewer coins than the fills make: `left` of it was still there at this moment.

    It counted what the orders made until then had done.
    """

    at: datetime
    left: Decimal
