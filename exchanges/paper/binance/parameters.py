"""Request parameters, read and refused the way Binance does."""

import json
import re
from decimal import Decimal
from urllib.parse import parse_qsl

from . import errors

_INTEGER = r"^[0-9]{1,20}$"
_DECIMAL = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
_SYMBOL = r"^[A-Z0-9-_.]{1,20}$"
_SYMBOLS = r'^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\]$'
CLIENT_ORDER_ID = r"^[a-zA-Z0-9-_]{1,36}$"
_PRECISION = 8
# Enough for any field; longer query strings are nobody's order.
MAX_FIELDS = 100
_LARGEST = 2**63 - 1


class Parameters:
    """The decoded parameters of one request; a name sent twice counts as its first value.

    Readers return None for an absent optional parameter and raise BinanceError for a bad or missing one.
    """

    def __init__(self, query: str, body: str) -> None:
        try:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
            pairs += parse_qsl(body, keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except ValueError:
            raise errors.BinanceError(-1101, "Too many parameters.") from None
        self._values: dict[str, str] = {}
        for name, value in pairs:
            self._values.setdefault(name, value)

    def allow_only(self, names: frozenset[str]) -> None:
        """Refuse parameters an endpoint does not know."""
        known = sum(name in names for name in self._values)
        if known != len(self._values):
            raise errors.unread_parameters(known, len(self._values))

    def has(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, pattern: str | None = None) -> str | None:
        value = self._values.get(name)
        if value is None:
            return None
        if not value:
            raise errors.empty_parameter(name)
        if pattern and not re.fullmatch(pattern, value):
            raise errors.illegal_characters(name, pattern)
        return value

    def required(self, name: str, pattern: str | None = None) -> str:
        if not self._values.get(name):
            raise errors.missing_parameter(name)
        return self.text(name, pattern) or ""

    def integer(self, name: str) -> int | None:
        value = self.text(name, _INTEGER)
        if value is None:
            return None
        if int(value) > _LARGEST:
            raise errors.illegal_characters(name, _INTEGER)
        return int(value)

    def limit(self, default: int, largest: int) -> int:
        """The `limit` parameter, capped as Binance caps it."""
        value = self.integer("limit")
        if value is None:
            return default
        if not value:
            raise errors.invalid_data("limit")
        return min(value, largest)

    def amount(self, name: str) -> Decimal | None:
        """A positive decimal of at most eight places."""
        value = self.text(name, _DECIMAL)
        if value is None:
            return None
        amount = Decimal(value)
        if amount <= 0:
            raise errors.invalid_amount(name)
        if len(value.partition(".")[2].rstrip("0")) > _PRECISION:
            raise errors.too_much_precision(name)
        return amount

    def required_amount(self, name: str) -> Decimal:
        self.required(name, _DECIMAL)
        amount = self.amount(name)
        assert amount is not None  # noqa: S101 required() has just seen it
        return amount

    def symbol(self) -> str:
        return self.required("symbol", _SYMBOL)

    def symbols(self) -> list[str] | None:
        """The pairs named by `symbol` or `symbols` (a JSON list), or None for all."""
        if self.has("symbol") and self.has("symbols"):
            raise errors.invalid_combination()
        if self.has("symbol"):
            return [self.symbol()]
        value = self.text("symbols", _SYMBOLS)
        if value is None:
            return None
        return [str(symbol) for symbol in json.loads(value)]

    def times(self) -> tuple[int | None, int | None]:
        """startTime and endTime in milliseconds."""
        start, end = self.integer("startTime"), self.integer("endTime")
        if start is not None and end is not None and start > end:
            raise errors.BinanceError(-1130, "Start time is greater than end time.")
        return start, end
