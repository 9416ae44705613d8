"""What a request is for, and how much of the budget may be gone by then for it still to be asked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum


class Purpose(StrEnum):
    MARKET_DATA = "market_data"
    EXIT = "exit"
    RECOVERY = "recovery"
    ENTRY = "entry"
    COVERAGE = "coverage"
    AUDIT = "audit"
    KEY_CHECK = "key_check"
    VIEW = "view"


# In thousandths of the limit. What is left above a purpose's ceiling is kept for those with a higher one; what is left
# above the highest, for whatever else leaves by this address.
CEILINGS: Mapping[Purpose, int] = {
    Purpose.MARKET_DATA: 950,
    Purpose.EXIT: 850,
    Purpose.RECOVERY: 850,
    Purpose.ENTRY: 700,
    Purpose.COVERAGE: 500,
    Purpose.AUDIT: 500,
    Purpose.KEY_CHECK: 500,
    Purpose.VIEW: 500,
}
# A user's share is counted apart for each of these groups: nobody's purchases use up what their own sales need, nor their
# charts what their purchases need.
URGENT = frozenset({Purpose.EXIT, Purpose.RECOVERY})
LOOKS = frozenset({Purpose.KEY_CHECK, Purpose.VIEW})
# Up to here (1/1000 of the limit) there is plenty, and nobody is asked whether he takes more than the others. What people
# look at has to leave room below its ceiling for others who look.
SCARCE_FROM, LOOKS_SCARCE_FROM = 500, 250

_bound: ContextVar[tuple[Purpose, str] | None] = ContextVar("asking", default=None)


@contextmanager
def asking(purpose: Purpose, holder: object = "") -> Iterator[None]:
    """Whatever is asked within is for this, and for this user where a session names none.

    The innermost counts; where it names no user, the one around it does.
    """
    token = _bound.set((purpose, str(holder) or current(purpose)[1]))
    try:
        yield
    finally:
        _bound.reset(token)


def group_of(purpose: Purpose) -> str:
    """Under which name a user's share is counted."""
    return "urgent" if purpose in URGENT else "looks" if purpose in LOOKS else "other"


def current(default: Purpose) -> tuple[Purpose, str]:
    """The purpose that is bound, and the user, if any."""
    return _bound.get() or (default, "")
