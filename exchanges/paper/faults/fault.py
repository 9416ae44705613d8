"""What every fault is: one that happens to a request, or one that changes the exchange it meets."""

from typing import Protocol, Self

from ..exchange import Exchange
from .interception import Interception
from .options import Options


class Accident(Protocol):
    """What a rule does to the requests it fires on."""

    @classmethod
    def parse(cls, options: Options) -> Self:
        """From a rule's options, taking out those it knows. Raises InvalidFieldError."""

    async def apply(self, request: Interception) -> None: ...


class Sight(Protocol):
    """Which exchange the requests meet that a rule fires on."""

    @classmethod
    def parse(cls, options: Options) -> Self:
        """From a rule's options, taking out those it knows. Raises InvalidFieldError."""

    def look(self, exchange: Exchange) -> Exchange: ...
