"""Reading the options of a fault. Each reader takes its option out, so that what is left over is unknown."""

from decimal import Decimal
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
