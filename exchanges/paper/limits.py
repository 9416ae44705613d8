"""How much each dialect takes of one address, and how often it has refused; settable while the exchange runs."""

from collections import Counter
from dataclasses import dataclass, field, fields

from .bodies import InvalidFieldError

# What the real exchange allows an address: https://bybit-exchange.github.io/docs/v5/rate-limit.
BYBIT_REQUESTS = 600
_HIGHEST = 1_000_000_000


@dataclass(slots=True)
class Limits:
    """`binance_weight` by minute and `bybit_requests` in any five seconds; 0 refuses nobody.

    Binance bans an address from its request number `bans_after` on that it refused in one minute, Bybit at the first, each
    for so many seconds; Binance's bans double each time, up to three days. `refused` counts what was refused, by dialect and
    HTTP status or code; `highest_weight` is the most that one address has used in one minute.
    """

    binance_weight: int = 0
    bans_after: int = 20
    binance_ban_seconds: int = 120
    bybit_requests: int = 0
    bybit_ban_seconds: int = 600
    refused: Counter[str] = field(default_factory=Counter)
    highest_weight: int = 0

    def change(self, wanted: dict[str, object]) -> None:
        """All of it or nothing. Raises InvalidFieldError."""
        for name, value in wanted.items():
            if type(value) is not int or not 0 <= value <= _HIGHEST:
                raise InvalidFieldError(name, f"must be a whole number from 0 to {_HIGHEST}")
        for name, value in wanted.items():
            setattr(self, name, value)

    def render(self) -> dict[str, object]:
        settings = {name: getattr(self, name) for name in sorted(SETTABLE)}
        return {**settings, "refused": dict(self.refused), "highest_weight": self.highest_weight}


SETTABLE = frozenset(one.name for one in fields(Limits)) - {"refused", "highest_weight"}


def enforced(weight: int) -> Limits:
    """Binance's weight as given and Bybit's own limits, or none at all for 0."""
    return Limits(binance_weight=weight, bybit_requests=BYBIT_REQUESTS if weight else 0)
