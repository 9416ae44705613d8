"""Reading the options of a fault. Each reader takes its option out, so that what is left over is unknown."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from ..bodies import InvalidFieldError, read_amount

_LONGEST_SECONDS = Decimal(3600)
Options = dict[str, Any]


def take_seconds(options: Options, name: str, default: int | None = None) -> float:
    """Between nothing and an hour; required where there is no default. Raises InvalidFieldError."""
    value = options.pop(name, default)
    if value is None:
        raise InvalidFieldError(name, "is required")
    return float(read_amount(value, name, _LONGEST_SECONDS))


def take_share(options: Options, name: str) -> Fraction:
    """More than nothing and at most the whole, which it is by default. Raises InvalidFieldError."""
    share = read_amount(options.pop(name, 1), name, Decimal(1))
    if not share:
        raise InvalidFieldError(name, "must be more than 0")
    return Fraction(share)


def take_whole(options: Options, name: str, most: int) -> int:
    """A whole number from 1, the default, on. Raises InvalidFieldError."""
    value = options.pop(name, 1)
    if type(value) is not int or not 1 <= value <= most:
        raise InvalidFieldError(name, f"must be a whole number from 1 to {most}")
    return value


def take_when(options: Options) -> bool:
    """Whether the fault comes after the request was executed."""
    return bool(take_choice(options, "when", ("before", "after")) == "after")


def take_flag(options: Options, name: str) -> bool:
    return bool(take_choice(options, name, (False, True)))


def take_choice(options: Options, name: str, choices: tuple[Any, ...]) -> Any:
    """One of the choices, the first when nothing is given. Raises InvalidFieldError."""
    value = options.pop(name, choices[0])
    if not any(value is choice or (type(value) is type(choice) and value == choice) for choice in choices):
        raise InvalidFieldError(name, f"must be one of {', '.join(map(str, choices))}")
    return value
