"""What is traded: a pair with its price and quantity grid."""

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

ASSET_DECIMALS = 8
# One, in units of the eighth decimal.
ONE_UNITS = 100_000_000


@dataclass(frozen=True, slots=True)
class Instrument:
    """One spot pair.

    Prices and quantities are Decimals at the edges and whole numbers of ticks and lots inside, so no
    arithmetic on them rounds. `base_price` is the level a simulated price returns to; `volatility` scales its
    moves (1 = bitcoin's). `legs` names the two pairs whose product this one follows (BTCBRL: BTCUSDT and
    USDTBRL). `tick_units` and `lot_units` are the two sizes in units of the eighth decimal.
    """

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    min_notional: Decimal
    base_price: Decimal
    volatility: float
    legs: tuple[str, str] | None = None
    max_quantity: Decimal = Decimal(9_000_000)
    tick_units: int = field(init=False)
    lot_units: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tick_units", int(self.tick_size.scaleb(ASSET_DECIMALS)))
        object.__setattr__(self, "lot_units", int(self.lot_size.scaleb(ASSET_DECIMALS)))

    def price(self, ticks: int) -> Decimal:
        return self.tick_size * ticks

    def quantity(self, lots: int) -> Decimal:
        return self.lot_size * lots

    def to_ticks(self, price: Decimal) -> int:
        """The nearest whole number of ticks, at least one."""
        return max(1, int((price / self.tick_size).to_integral_value(ROUND_HALF_EVEN)))

    def to_lots(self, quantity: Decimal) -> int:
        """The whole lots contained in a quantity, rounded down."""
        return int((quantity / self.lot_size).to_integral_value(ROUND_DOWN))
