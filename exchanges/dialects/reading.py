"""Reading an exchange's raw values exactly. Everything that is not what it should be raises ValueError."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from saas.clock import EPOCH

# What reading an answer raises that is not what it should be.
UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, ArithmeticError)
PLAUSIBLE_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# JSON with its numbers exact; NaN and its like are refused.
read_json = partial(json.loads, parse_float=Decimal, parse_constant=_refuse_constant)


def exact(value: Any) -> Decimal:
    """A finite Decimal from a string, an integer or a Decimal; a float has already lost digits and is refused."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"not an exact amount: {type(value).__name__}")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise ValueError("not an amount") from None
    if not amount.is_finite():
        raise ValueError("not a finite amount")
    return amount


def exact_or_zero(value: Any) -> Decimal:
    """`exact`, where an exchange writes an empty string (or leaves the field out) for nothing."""
    return Decimal(0) if value in (None, "") else exact(value)


def moment(milliseconds: Any) -> datetime:
    """An aware UTC datetime from milliseconds since the epoch, as a number or as digits."""
    return EPOCH + timedelta(milliseconds=int(milliseconds))


def milliseconds(time: datetime) -> int:
    return (time - EPOCH) // timedelta(milliseconds=1)


def identifier(value: Any) -> str:
    """An exchange's id as text; empty, zero, or anything that no id looks like is refused."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not PLAUSIBLE_ID.fullmatch(text) or not text.strip("0"):
        raise ValueError("not a plausible id")
    return text


def plain(amount: Decimal) -> str:
    """An amount as exchanges want it: no exponent, no trailing zeros."""
    return format(amount.normalize() + 0, "f")


def number_in(headers: Mapping[str, str], name: str) -> int | None:
    """A header's whole number; None where it is missing or none."""
    value = headers.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else None
