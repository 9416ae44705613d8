"""Serializers for long lists: what a row shows is worked out once per class and then only read.

The framework builds every field anew for each request and asks each of them about each row, which for fifty trades of
thirty columns costs more than all the rest of the request. Here a class's fields become a plan of plain functions, once.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeVar

from rest_framework import serializers

from saas.api import AmountField
from saas.exact_decimal import plain

Row = TypeVar("Row")
Read = Callable[[Any, Any], Any]

# Their values are shown as the column has them.
AS_THEY_ARE = (
    serializers.CharField,
    serializers.ChoiceField,
    serializers.IntegerField,
    serializers.BooleanField,
    serializers.PrimaryKeyRelatedField,
)
_plans: dict[type, list[tuple[str, Read]]] = {}


class FlatSerializer(serializers.Serializer[Row]):
    """Shows objects exactly as its fields would, many times faster. For reading only.

    Its fields may be texts, choices, integers, booleans, amounts, dates, times in UTC, methods, and other serializers of
    this kind; a TypeError names any other.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        plan = _plans.get(type(self)) or _make_plan(self)
        return {name: read(self, instance) for name, read in plan}


def show_time(moment: datetime | None) -> str | None:
    """ISO 8601 with a Z, as the API shows every time."""
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat()[:-6] + "Z"


def show_amount(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _make_plan(serializer: FlatSerializer[Any]) -> list[tuple[str, Read]]:
    plan = [(name, _reader(type(serializer), field)) for name, field in serializer.fields.items()]
    _plans[type(serializer)] = plan
    return plan


def _reader(owner: type, field: Any) -> Read:
    if isinstance(field, serializers.SerializerMethodField):
        method: Read = getattr(owner, field.method_name or "")
        return method
    get = attrgetter(field.source)
    if isinstance(field, serializers.ListSerializer):
        return _reader_of_many(get, field.child)
    if isinstance(field, AmountField):
        return lambda _, row: show_amount(get(row))
    if isinstance(field, serializers.DateTimeField):
        return lambda _, row: show_time(get(row))
    if isinstance(field, serializers.DateField):
        return lambda _, row: _show_date(get(row))
    if isinstance(field, AS_THEY_ARE):
        return lambda _, row: get(row)
    raise TypeError(f"{owner.__name__}.{field.field_name}: a {type(field).__name__} is not read flatly")


def _reader_of_many(get: Callable[[Any], Any], child: Any) -> Read:
    """Of a list; its items are shown without a context."""
    if not isinstance(child, FlatSerializer):
        raise TypeError(f"{type(child).__name__} is not read flatly")
    # Not the child itself: it holds on to the request it was made for.
    show = type(child)().to_representation

    def read(_: Any, row: Any) -> list[dict[str, Any]]:
        return [show(item) for item in get(row)]

    return read


def _show_date(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
