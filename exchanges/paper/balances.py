"""Changes of balances, computed purely and applied as a whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from .orders import ZERO


class InsufficientBalanceError(Exception):
    """The account does not hold what the action needs."""


class Balance(NamedTuple):
    free: Decimal
    locked: Decimal


NO_BALANCE = Balance(ZERO, ZERO)


@dataclass(slots=True)
class BalanceChange:
    """The sum of an action's effects per asset, as (change of free, change of locked)."""

    deltas: dict[str, Balance] = field(default_factory=dict)

    def add(self, asset: str, free: Decimal = ZERO, locked: Decimal = ZERO) -> None:
        before = self.deltas.get(asset, NO_BALANCE)
        self.deltas[asset] = Balance(before.free + free, before.locked + locked)

    def apply_to(self, balances: Mapping[str, Balance]) -> dict[str, Balance]:
        """The new balances of the assets touched. Raises InsufficientBalanceError if one would go below zero."""
        after = {}
        for asset, delta in self.deltas.items():
            before = balances.get(asset, NO_BALANCE)
            changed = Balance(before.free + delta.free, before.locked + delta.locked)
            if changed.free < 0 or changed.locked < 0:
                raise InsufficientBalanceError(asset)
            after[asset] = changed
        return after
