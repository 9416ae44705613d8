"""A Decimal column that keeps every digit on both databases.

Django's DecimalField is a REAL beyond 15 digits on SQLite; money must not be. Here SQLite stores plain text and
PostgreSQL an unbounded numeric. Sums and comparisons of such columns are done in Python, never in SQL.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

MAX_DIGITS = 48
DECIMAL_PLACES = 18


def plain(value: Decimal) -> str:
    """The shortest exact spelling without an exponent: 20, 0.00018, -1.5."""
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    if "." in text:
        # Not normalize(): it rounds to the 28 digits of the context.
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


if TYPE_CHECKING:
    from typing_extensions import TypeVar

    _ST = TypeVar("_ST", contravariant=True)
    _GT = TypeVar("_GT", covariant=True)

    class _Base(models.DecimalField[_ST, _GT]):
        pass
else:

    class _Base(models.DecimalField):
        """Django's field takes type parameters in its stubs only."""

        def __class_getitem__(cls, _: object) -> type:
            return cls

    _ST = _GT = None


class ExactDecimalField(_Base[_ST, _GT]):
    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_digits", MAX_DIGITS)
        options.setdefault("decimal_places", DECIMAL_PLACES)
        super().__init__(*args, **options)

    def get_internal_type(self) -> str:
        return "ExactDecimalField"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric" if connection.vendor == "postgresql" else "text"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:  # noqa: ARG002
        exact = self.to_python(value)
        if exact is None or connection.vendor == "postgresql":
            return exact
        return plain(exact)

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        if hasattr(value, "as_sql"):
            return value
        return self.get_db_prep_value(value, connection)

    def from_db_value(self, value: Any, *_: Any) -> Decimal | None:
        return None if value is None else Decimal(str(value))
