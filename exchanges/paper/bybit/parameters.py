"""Request parameters, of a query or of a JSON body, read and refused the way Bybit does."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from . import errors

CLIENT_ORDER_ID = re.compile(r"[a-zA-Z0-9_-]{1,36}")
_INTEGER = re.compile(r"[0-9]{1,18}")
_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
_SYMBOL = re.compile(r"[A-Z0-9]{1,20}")
_MAX_FIELDS = 100
_WEEK_MS = 7 * 86_400_000


def read_query(query: bytes) -> "Parameters":
    """A name sent twice counts as its first value."""
    try:
        pairs = parse_qsl(query.decode(errors="replace"), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise errors.invalid_parameter("too many parameters") from None
    values: dict[str, str] = {}
    for name, value in pairs:
        values.setdefault(name, value)
    return Parameters(values)


def read_body(body: bytes) -> "Parameters":
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise errors.invalid_parameter("the body is not valid JSON") from None
    if not isinstance(content, dict):
        raise errors.invalid_parameter("the body must be a JSON object")
    return Parameters(content)


class Parameters:
    """The parameters of one request; unknown ones are ignored, an empty one counts as absent.

    Readers return None for an absent optional parameter and raise BybitError for a bad or missing one.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > 500:
            raise errors.invalid_parameter(f"{name} invalid")
        return value

    def required(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise errors.missing_parameter(name)
        return value

    def integer(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value):
            raise errors.invalid_parameter(f"{name} invalid")
        return int(value)

    def limit(self, default: int, largest: int) -> int:
        value = self.integer("limit")
        if value == 0:
            raise errors.invalid_parameter("limit invalid")
        return min(default if value is None else value, largest)

    def amount(self, name: str) -> Decimal:
        """A required, positive decimal."""
        value = self.required(name)
        if not _DECIMAL.fullmatch(value) or not Decimal(value):
            raise errors.invalid_data(name)
        return Decimal(value)

    def require_spot(self) -> None:
        if self.text("category") != "spot":
            raise errors.illegal_category()

    def symbol(self) -> str | None:
        value = self.text("symbol")
        if value is not None and not _SYMBOL.fullmatch(value):
            raise errors.unsupported_symbol()
        return value

    def client_order_id(self) -> str | None:
        value = self.text("orderLinkId")
        if value is not None and not CLIENT_ORDER_ID.fullmatch(value):
            raise errors.invalid_parameter("orderLinkId: at most 36 letters, digits, dashes and underscores")
        return value

    def week(self, now_ms: int) -> tuple[int, int]:
        """startTime and endTime: at most seven days, the missing end or start seven days away, else the last seven."""
        start, end = self.integer("startTime"), self.integer("endTime")
        if start is None:
            end = now_ms if end is None else end
            return end - _WEEK_MS, end
        if end is None:
            return start, start + _WEEK_MS
        if start > end:
            raise errors.invalid_parameter("startTime is later than endTime")
        if end - start > _WEEK_MS:
            raise errors.range_too_long()
        return start, end
