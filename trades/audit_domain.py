"""What an audit compares and what it finds, as plain frozen values. Units as in `exchanges.domain`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from exchanges.domain import ExchangeFill, ExchangeOrder, Side
from trades.domain import OrderStatus, PositionFill, Stocktake

NOT_SENT = frozenset(
    {OrderStatus.PLANNED, OrderStatus.ABANDONED, OrderStatus.NEVER_PLACED, OrderStatus.REJECTED}
)


class Invariant(StrEnum):
    ONE_INTENT = "I1"
    EQUAL_FILLS = "I2"
    ONE_UNRESOLVED = "I3"
    SENT_IF_COMMITTED = "I4"
    ONE_SEND = "I5"
    SUM_OF_FILLS = "I6"


class Kind(StrEnum):
    """What exactly is different; `audit_texts` has the words."""

    UNKNOWN_ORDER = "unknown_order"
    VANISHED_ORDER = "vanished_order"
    ORDER_DIFFERS = "order_differs"
    FILL_MISSING = "fill_missing"
    FILL_EXTRA = "fill_extra"
    FILL_DIFFERS = "fill_differs"
    UNRESOLVED_TWICE = "unresolved_twice"
    SENT_UNCOMMITTED = "sent_uncommitted"
    SENT_TWICE = "sent_twice"
    ORDER_SUM = "order_sum"
    TRADE_SUM = "trade_sum"
    FILL_OF_NO_TRADE = "fill_of_no_trade"


INVARIANTS: Mapping[Kind, Invariant] = {
    Kind.UNKNOWN_ORDER: Invariant.ONE_INTENT,
    Kind.VANISHED_ORDER: Invariant.ONE_INTENT,
    Kind.ORDER_DIFFERS: Invariant.ONE_INTENT,
    Kind.FILL_MISSING: Invariant.EQUAL_FILLS,
    Kind.FILL_EXTRA: Invariant.EQUAL_FILLS,
    Kind.FILL_DIFFERS: Invariant.EQUAL_FILLS,
    Kind.UNRESOLVED_TWICE: Invariant.ONE_UNRESOLVED,
    Kind.SENT_UNCOMMITTED: Invariant.SENT_IF_COMMITTED,
    Kind.SENT_TWICE: Invariant.ONE_SEND,
    Kind.ORDER_SUM: Invariant.SUM_OF_FILLS,
    Kind.TRADE_SUM: Invariant.SUM_OF_FILLS,
    Kind.FILL_OF_NO_TRADE: Invariant.SUM_OF_FILLS,
}
# What can be told from our own rows alone, also of a key that no exchange can be asked with any more.
FROM_OUR_ROWS = frozenset({Kind.UNRESOLVED_TWICE, Kind.ORDER_SUM, Kind.TRADE_SUM, Kind.FILL_OF_NO_TRADE})


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """An intent as our ledger has it. `fills` carry our order's exchange id, so that the two sides compare as they are."""

    bot_id: int
    symbol: str
    side: Side
    quantity: Decimal
    filled_quantity: Decimal
    status: OrderStatus
    client_order_id: str
    exchange_order_id: str | None
    trade_id: int | None
    created_at: datetime
    resolved_at: datetime | None
    fills: tuple[ExchangeFill, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnTrade:
    """A stored projection: `figures` by the names of FIGURES and DUST, and the fills that it should be the sum of.

    `stocktakes` are what corrections left of it; what they took off is in the figures too.
    """

    id: int
    bot_id: int
    symbol: str
    base: str
    quote: str
    closed: bool
    opened_at: datetime
    figures: Mapping[str, Decimal | None]
    fills: tuple[PositionFill, ...]
    stocktakes: tuple[Stocktake, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Both ledgers of one key and symbol.

    `ours` are all intents of the period and `settled` the client order ids of those that may be judged. `theirs` and
    `fills` are the account's, whoever placed them; `elsewhere` are client order ids that the ledger knows from another
    period or another key of the same account.
    """

    prefix: str
    ours: Sequence[OwnOrder]
    settled: Collection[str]
    theirs: Sequence[ExchangeOrder]
    fills: Sequence[ExchangeFill]
    elsewhere: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be. `subject` is a fill's or an exchange order's id, or a trade's number."""

    kind: Kind
    symbol: str
    client_order_id: str
    at: datetime
    bot_id: int | None = None
    subject: str = ""
    field: str = ""
    ours: str = ""
    theirs: str = ""

    @property
    def invariant(self) -> Invariant:
        return INVARIANTS[self.kind]

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it the same difference when it is seen again."""
        return (self.kind.value, self.symbol, self.client_order_id, self.subject, self.field)
