from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from saas.api import AmountField, OwnedFilter, OwnedRelatedField, OwnedViewSet
from saas.ordering import StrictOrderingFilter
from users.models import ExchangeAPIKey, User

URL = "/api/exchange-keys/"

pytestmark = pytest.mark.django_db


def make_key(owner: User, label: str = "x") -> ExchangeAPIKey:
    return ExchangeAPIKey.objects.create(
        owner=owner, exchange="binance", environment="paper", label=label, masked="***", fingerprint=label
    )


def request_of(user: Any) -> Any:
    request = APIRequestFactory().get("/")
    request.user = user
    return request


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        ("20", "20"),
        (20, "20"),
        ("0.00018", "0.00018"),
        (0.1, "0.1"),
        ("1e3", "1000"),
        (" 5.50 ", "5.5"),
        (
            "123456789012345678901234567890.123456789012345678",
            "123456789012345678901234567890.123456789012345678",
        ),
    ],
)
def test_an_amount_goes_in_and_out_exactly(given: Any, amount: str) -> None:
    field = AmountField()
    value = field.run_validation(given)
    assert value == Decimal(amount)
    assert field.to_representation(value) == amount


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1e1000000",
        "1e-19",
        "9" * 31,
        "1_000",
        "٣",
        True,
        None,
        [],
        {},
        "0x1",
    ],
)
def test_what_is_no_amount_is_refused(given: Any) -> None:
    with pytest.raises(serializers.ValidationError):
        AmountField().run_validation(given)


@pytest.mark.parametrize(
    ("given", "is_valid"), [("1", True), ("0.99", False), ("10", True), ("10.01", False)]
)
def test_an_amounts_limits_are_inclusive(given: str, is_valid: bool) -> None:
    field = AmountField(minimum=1, maximum=Decimal(10))
    if is_valid:
        field.run_validation(given)
    else:
        with pytest.raises(serializers.ValidationError):
            field.run_validation(given)


class RelatedForm(serializers.Serializer[Any]):
    key = OwnedRelatedField(queryset=ExchangeAPIKey.objects.all())


def test_ones_own_row_can_be_named_by_id(alice: User) -> None:
    key = make_key(alice)
    form = RelatedForm(data={"key": key.pk}, context={"request": request_of(alice)})
    assert form.is_valid(raise_exception=True)
    assert form.validated_data["key"] == key


@pytest.mark.parametrize("pk", [999_999, 10**30, -1, "999999"])
def test_a_missing_id_in_a_body_is_a_404(alice: User, pk: Any) -> None:
    with pytest.raises(Http404):
        RelatedForm(data={"key": pk}, context={"request": request_of(alice)}).is_valid()


def test_a_strangers_id_in_a_body_is_a_404(alice: User, bob: User) -> None:
    with pytest.raises(Http404):
        RelatedForm(data={"key": make_key(bob).pk}, context={"request": request_of(alice)}).is_valid()


@pytest.mark.parametrize("pk", ["abc", "٣", "+3", "1_0", " 3", 1.0, True, [], {}, None])
def test_a_wrong_type_of_id_in_a_body_is_a_fault_of_the_field(alice: User, pk: Any) -> None:
    form = RelatedForm(data={"key": pk}, context={"request": request_of(alice)})
    assert not form.is_valid()
    assert list(form.errors) == ["key"]


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", "\0", "٣"])
def test_a_malformed_id_in_a_filter_is_a_fault_of_the_field(text: str) -> None:
    with pytest.raises(DjangoValidationError):
        OwnedFilter(ExchangeAPIKey).field.to_python(text)


def test_a_view_over_rows_without_an_owner_fails_loudly(alice: User) -> None:
    view = OwnedViewSet(queryset=User.objects.all(), request=Request(request_of(alice)))
    with pytest.raises(TypeError, match=r"saas\.tenancy"):
        view.get_queryset()


def test_lists_come_in_pages_of_fifty_and_at_most_two_hundred(as_alice: APIClient, alice: User) -> None:
    for number in range(60):
        make_key(alice, str(number))
    first = as_alice.get(URL).json()
    assert (first["count"], len(first["results"]), first["previous"]) == (60, 50, None)
    second = as_alice.get(first["next"]).json()
    assert (len(second["results"]), second["next"]) == (10, None)
    ids = {item["id"] for item in first["results"] + second["results"]}
    assert len(ids) == 60
    assert len(as_alice.get(f"{URL}?page_size=1000").json()["results"]) == 60
    assert len(as_alice.get(f"{URL}?page_size=7").json()["results"]) == 7


@pytest.mark.parametrize("page", ["0", "2", "-1", "abc", "9" * 5000, "%00", "1.5"])
def test_a_page_that_does_not_exist_is_a_404(as_alice: APIClient, page: str) -> None:
    answer = as_alice.get(f"{URL}?page={page}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("size", ["0", "-1", "abc", "9" * 5000, "%00", "1.5", "٣"])
def test_a_page_size_that_is_none_is_a_400(as_alice: APIClient, size: str) -> None:
    answer = as_alice.get(f"{URL}?page_size={size}")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["page_size"]


@pytest.mark.parametrize("term", ["owner__password", "ciphertext", "-id", "%00", "%3F", "pk"])
def test_an_unknown_ordering_is_a_400(as_alice: APIClient, term: str) -> None:
    answer = as_alice.get(f"{URL}?ordering={term}")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["ordering"]


def test_equal_rows_are_ordered_by_id_so_that_pages_never_overlap(alice: User) -> None:
    keys = [make_key(alice, label) for label in ("a", "b", "c")]
    view = type("View", (), {"ordering_fields": ["exchange"]})()
    request = Request(APIRequestFactory().get("/?ordering=-exchange"))
    rows = StrictOrderingFilter().filter_queryset(request, ExchangeAPIKey.objects.all(), view)
    assert list(rows) == keys[::-1]
