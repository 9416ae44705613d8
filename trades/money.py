"""Real money and play money, which are never added together: who has both would be told a truth about neither."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

from exchanges.domain import Environment, Venue


class Money(StrEnum):
    REAL = "real"
    PLAY = "play"


ENVIRONMENTS = {
    Money.REAL: (Environment.LIVE.value,),
    Money.PLAY: (Environment.PAPER.value, Environment.TESTNET.value),
}


class _Traded(Protocol):
    @property
    def venue(self) -> Venue: ...


Traded = TypeVar("Traded", bound=_Traded)


def money_in(environment: str) -> Money:
    return Money.REAL if environment in ENVIRONMENTS[Money.REAL] else Money.PLAY


def usual_money(kinds: Sequence[Money]) -> Money:
    """Which is meant where nobody says: real money if there is any."""
    return Money.REAL if Money.REAL in kinds else Money.PLAY


def only_of(money: Money, items: Iterable[Traded]) -> list[Traded]:
    """What is traded with this kind of money."""
    return [item for item in items if money_in(item.venue.environment) is money]
