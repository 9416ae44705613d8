"""Why a bot is run."""

from enum import IntEnum


class Rank(IntEnum):
    """What comes first goes first: a crossed exit, a crossed entry, whatever is run regardless of prices, and the rest."""

    EXIT = 0
    ENTRY = 1
    ASKED = 2
    QUIET = 3

    @property
    def expects_order(self) -> bool:
        return self <= Rank.ENTRY
