"""Reading JSON bodies of the exchange's own endpoints, and refusing bad ones field by field."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from .accounts import DEFAULT_PERMISSIONS, MAX_BALANCE, TRADING_EXPIRY
from .instruments import ASSET_DECIMALS
from .requests import LARGEST_BODY, read_body

_LONGEST_LABEL = 64
_LATEST_MS = 10**14


class InvalidFieldError(Exception):
    """A field of a body that cannot be accepted, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def render_invalid(error: InvalidFieldError) -> JSONResponse:
    content = {"code": "invalid", "detail": str(error), "fields": {error.field: error.reason}}
    return JSONResponse(content, 400)


async def read_object(
    request: Request, allowed: frozenset[str], largest: int = LARGEST_BODY
) -> dict[str, Any]:
    """The body as a JSON object with no other than the allowed names; an empty body is an empty object."""
    body = await read_body(request, largest)
    if body is None:
        raise InvalidFieldError("body", "is too large")
    try:
        content = json.loads(body, parse_float=Decimal) if body.strip() else {}
    except (ValueError, RecursionError):
        raise InvalidFieldError("body", "is not valid JSON") from None
    if not isinstance(content, dict):
        raise InvalidFieldError("body", "must be a JSON object")
    for name in content.keys() - allowed:
        raise InvalidFieldError(name[:_LONGEST_LABEL], "is not known here")
    return content


def read_text(content: dict[str, Any], name: str, longest: int = _LONGEST_LABEL) -> str:
    """A required, printable string."""
    value = content.get(name)
    if not isinstance(value, str) or not value or len(value) > longest or not value.isprintable():
        raise InvalidFieldError(name, f"must be a printable text of 1 to {longest} characters")
    return value


def read_label(content: dict[str, Any]) -> str:
    return read_text(content, "label") if content.get("label") not in (None, "") else ""


def read_amount(value: object, field: str, largest: Decimal) -> Decimal:
    """A decimal given as a string or a number, between 0 and `largest`, of at most eight places."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or len(str(value)) > 40:
        raise InvalidFieldError(field, "must be a decimal number")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise InvalidFieldError(field, "must be a decimal number") from None
    if not amount.is_finite() or not 0 <= amount <= largest:
        raise InvalidFieldError(field, f"must be between 0 and {largest}")
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > ASSET_DECIMALS:
        raise InvalidFieldError(field, f"must have at most {ASSET_DECIMALS} decimal places")
    return amount


def read_balances(content: object, assets: set[str]) -> dict[str, Decimal]:
    if not isinstance(content, dict):
        raise InvalidFieldError("balances", "must be an object of amounts by asset")
    for asset in content:
        if asset not in assets:
            raise InvalidFieldError("balances", f"{str(asset)[:20]!r} is not an asset of this exchange")
    return {asset: read_amount(value, f"balances.{asset}", MAX_BALANCE) for asset, value in content.items()}


def read_permissions(content: object) -> dict[str, bool | int]:
    if not isinstance(content, dict):
        raise InvalidFieldError("permissions", "must be an object")
    for name, value in content.items():
        _check_permission(name, value)
    return dict(content)


def _check_permission(name: str, value: object) -> None:
    field = f"permissions.{name[:_LONGEST_LABEL]}"
    if name == TRADING_EXPIRY:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LATEST_MS:
            raise InvalidFieldError(field, "must be a time in milliseconds")
    elif name not in DEFAULT_PERMISSIONS:
        raise InvalidFieldError(field, "is not a known permission")
    elif not isinstance(value, bool):
        raise InvalidFieldError(field, "must be true or false")
