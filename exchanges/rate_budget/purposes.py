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
# A user's share of these is counted apart, so that nobody's purchases use up what their own sales need.
URGENT = frozenset({Purpose.EXIT, Purpose.RECOVERY})

_bound: ContextVar[tuple[Purpose, str] | None] = ContextVar("asking", default=None)


@contextmanager
def asking(purpose: Purpose, holder: object = "") -> Iterator[None]:
    """Whatever is asked within is for this, and for this user where a session names none; the innermost counts."""
    token = _bound.set((purpose, str(holder)))
    try:
        yield
    finally:
        _bound.reset(token)


def current(default: Purpose) -> tuple[Purpose, str]:
    """The purpose that is bound, and the user, if any."""
    return _bound.get() or (default, "")
