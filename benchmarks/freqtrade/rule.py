"""What both look for: ten pairs, and a price so many percent below the mean of the last closed candles."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

PAIRS = (
    "BTC/USDT",
    "ETH/USDT",
    "SOL/USDT",
    "BNB/USDT",
    "XRP/USDT",
    "ADA/USDT",
    "DOGE/USDT",
    "TRX/USDT",
    "AVAX/USDT",
    "LINK/USDT",
)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Rule:
    """Buy at `percent` below the mean of `window` closed candles; a measured fall goes `fall_percent` down.

    The prices that are made up do not move by `percent` within a measurement, and a fall is deep enough by far. Other
    bots' thresholds are below it.
    """

    pairs: Sequence[str] = PAIRS
    timeframe: str = "1m"
    window: int = 20
    percent: Decimal = Decimal(3)
    fall_percent: Decimal = Decimal(6)

    @property
    def factor(self) -> Decimal:
        """What the mean is multiplied with to get the price at which is bought."""
        return 1 - self.percent / HUNDRED


def fallen(price: str, rule: Rule) -> str:
    """A price after its fall."""
    return f"{Decimal(price) * (1 - rule.fall_percent / HUNDRED):.8f}"
