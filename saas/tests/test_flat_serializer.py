"""Rows shown from a plan look as if their fields had shown them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from saas.api import AmountField
from saas.flat_serializer import FlatSerializer


@dataclass
class Part:
    amount: Decimal


@dataclass
class Thing:
    name: str | None
    count: int | None
    is_on: bool
    kind: str
    amount: Decimal | None
    at: datetime | None
    day: date | None
    parts: list[Part]


class PartSerializer(FlatSerializer[Part]):
    amount = AmountField()


class ThingSerializer(FlatSerializer[Thing]):
    name = serializers.CharField(allow_null=True)
    count = serializers.IntegerField(allow_null=True)
    is_on = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=["a", "b"])
    amount = AmountField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    day = serializers.DateField(allow_null=True)
    first = serializers.CharField(source="kind")
    parts = PartSerializer(many=True)
    asker = serializers.SerializerMethodField()

    def get_asker(self, thing: Thing) -> str:
        return f"{self.context['asker']} {thing.kind}"


moments = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001  # hypothesis adds the zone
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3))]),
)
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**12), max_value=10**12)
things = st.builds(
    Thing,
    name=st.none() | st.text(),
    count=st.none() | st.integers(),
    is_on=st.booleans(),
    kind=st.sampled_from(["a", "b"]),
    amount=st.none() | amounts,
    at=st.none() | moments,
    day=st.none() | st.dates(),
    parts=st.lists(st.builds(Part, amount=amounts), max_size=3),
)


@given(st.lists(things, max_size=3))
def test_a_row_is_what_its_fields_would_show(rows: list[Thing]) -> None:
    child: Any = ThingSerializer(context={"asker": "me"})
    shown: Any = child.many_init(rows, context={"asker": "me"})
    assert shown.data == [serializers.Serializer.to_representation(child, row) for row in rows]


def test_nothing_of_one_request_is_seen_by_the_next() -> None:
    thing = Thing("x", 1, True, "a", None, None, None, [])
    for asker in ("alice", "bob"):
        assert ThingSerializer(thing, context={"asker": asker}).data["asker"] == f"{asker} a"


def test_a_field_that_cannot_be_read_flatly_is_named() -> None:
    class Odd(FlatSerializer[Any]):
        number = serializers.FloatField()

    with pytest.raises(TypeError, match=r"Odd\.number"):
        Odd().to_representation(object())
