"""Why a bot is run."""

from enum import IntEnum

# For so long a run that was sent for more than its turn is given to begin, before another one is sent for the same.
PATIENCE_SECONDS = 3


class Rank(IntEnum):
    """What comes first goes first: a crossed exit, a crossed entry, whatever is run regardless of prices, and the rest."""

    EXIT = 0
    ENTRY = 1
    ASKED = 2
    QUIET = 3

    @property
    def expects_order(self) -> bool:
        return self <= Rank.ENTRY

    def seconds_to_begin(self, interval_seconds: int) -> int:
        """After that a run is not worth beginning: the next one is due, or will be sent again."""
        return interval_seconds if self is Rank.QUIET else max(interval_seconds, PATIENCE_SECONDS)
