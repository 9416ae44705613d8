"""What is asked for: the reads of a dashboard and of a program that follows its trades."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BARE = "bare view"
SIGNED_IN = "bare view, signed in"


@dataclass(frozen=True, slots=True)
class Read:
    """`path` may name the `bot` and `trade` of who asks; `share` is how often it comes in the mix.

    A download is asked for by one at a time.
    """

    name: str
    path: str
    share: int = 0
    is_download: bool = False

    def address(self, person: Mapping[str, Any]) -> str:
        return self.path.format(**person)


READS = (
    Read(BARE, "/bare"),
    Read(SIGNED_IN, "/bare/signed-in"),
    Read("trades, page 1", "/api/trades/", 20),
    Read("trades, page 180", "/api/trades/?page=180", 3),
    Read("trades, closed", "/api/trades/?status=CLOSED", 5),
    Read("trades of a bot", "/api/trades/?bot={bot}", 5),
    Read("trades in a symbol", "/api/trades/?symbol=BTCUSDT", 4),
    Read("trades, best first", "/api/trades/?ordering=-realised_pnl", 2),
    Read("trades, last closed first", "/api/trades/?ordering=-closed_at", 2),
    Read("orders with fills", "/api/orders/", 10),
    Read("orders, page 300", "/api/orders/?page=300", 2),
    Read("orders that need attention", "/api/orders/?attention=true", 10),
    Read("one trade", "/api/trades/{trade}/", 8),
    Read("bots", "/api/bots/", 12),
    Read("decisions", "/api/bots/{bot}/decisions/", 6),
    Read("portfolio", "/api/portfolio/", 10),
    Read("performance", "/api/performance/", 3),
    Read("performance of a bot", "/api/performance/?bot={bot}", 3),
    Read("CSV of all trades", "/api/trades/export.csv", is_download=True),
)
