"""What every fault is."""

from typing import Protocol, Self

from .interception import Interception
from .options import Options


class Fault(Protocol):
    """What a rule does to the requests it fires on."""

    @classmethod
    def parse(cls, options: Options) -> Self:
        """From a rule's options, taking out those it knows. Raises InvalidFieldError."""

    async def apply(self, request: Interception) -> None: ...
