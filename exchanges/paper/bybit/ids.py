"""Ids as Bybit writes them: nineteen digits, more than a double can hold."""

import re

_FIRST_ORDER = 2_010_000_000_000_000_000
_FIRST_EXECUTION = 2_290_000_000_000_000_000
_DIGITS = re.compile(r"[0-9]{19}")
# No order and no fill of this exchange has it.
NOBODY = 0


def order_id(number: int) -> str:
    return str(_FIRST_ORDER + number)


def execution_id(number: int) -> str:
    return str(_FIRST_EXECUTION + number)


def read_order_id(text: str) -> int:
    """The exchange's own number of an order; NOBODY for what this venue never gave out."""
    return max(NOBODY, int(text) - _FIRST_ORDER) if _DIGITS.fullmatch(text) else NOBODY
