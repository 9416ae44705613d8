"""How much there is in the database that is read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """How much there is. The first `heavy_users` have `heavy_trades` each, everybody else `light_trades`."""

    users: int = 1_000
    heavy_users: int = 4
    heavy_trades: int = 10_000
    light_trades: int = 300
    open_trades: int = 5

    def trades_of(self, number: int) -> int:
        return self.heavy_trades if number < self.heavy_users else self.light_trades
