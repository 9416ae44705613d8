from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from users.models import User

URL = "/api/auth/register/"
NEW = {"email": "alice@example.com", "password": "a long enough one"}

pytestmark = pytest.mark.django_db


def test_anybody_can_sign_up_and_gets_no_password_back(anyone: APIClient) -> None:
    answer = anyone.post(URL, {**NEW, "language": "en", "display_currency": "USDT"}, format="json")
    assert answer.status_code == 201
    assert answer.json() == {
        "id": User.objects.get().pk,
        "email": "alice@example.com",
        "language": "en",
        "display_currency": "USDT",
    }
    assert User.objects.get().check_password(NEW["password"])


def test_who_names_no_language_and_sends_no_header_gets_portuguese_and_reais() -> None:
    answer = APIClient().post(URL, NEW, format="json")
    assert (answer.json()["language"], answer.json()["display_currency"]) == ("pt-br", "BRL")


def test_the_browsers_language_is_taken_where_none_is_named(anyone: APIClient) -> None:
    assert anyone.post(URL, NEW, format="json").json()["language"] == "en"


def test_a_language_may_be_written_in_any_case(anyone: APIClient) -> None:
    assert anyone.post(URL, {**NEW, "language": "pt-BR"}, format="json").json()["language"] == "pt-br"


def test_an_e_mail_is_the_same_in_any_case(anyone: APIClient, alice: User) -> None:
    answer = anyone.post(URL, {**NEW, "email": " ALICE@Example.COM"}, format="json")
    assert answer.status_code == 400
    assert answer.json()["fields"] == {"email": ["This e-mail has an account already."]}


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", "too short"),
        ("password123", "too common"),
        ("8462845628456", "entirely numeric"),
        ("alice@example.com", "too similar"),
    ],
)
def test_a_weak_password_is_refused_with_its_fault_as_a_field(
    anyone: APIClient, password: str, fault: str
) -> None:
    answer = anyone.post(URL, {**NEW, "password": password}, format="json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert any(fault in message for message in answer.json()["fields"]["password"])
    assert not User.objects.exists()


def test_the_faults_are_told_in_portuguese_to_who_says_nothing_else() -> None:
    answer = APIClient().post(URL, {**NEW, "password": "short"}, format="json")
    assert "Esta senha é muito curta" in answer.json()["fields"]["password"][0]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
        ({"email": 5}, "email"),
        ({"email": "nul\0@example.com"}, "email"),
        ({"password": None}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"language": "tlh"}, "language"),
        ({"display_currency": "DOGE"}, "display_currency"),
    ],
)
def test_bad_input_is_a_400_that_names_the_field(anyone: APIClient, change: Any, field: str) -> None:
    answer = anyone.post(URL, {**NEW, **change}, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_thirty_people_behind_one_address_can_sign_up_within_a_minute(anyone: APIClient) -> None:
    statuses = [
        anyone.post(URL, {**NEW, "email": f"user{number}@example.com"}, format="json").status_code
        for number in range(30)
    ]
    assert statuses == [201] * 30


def test_a_flood_of_sign_ups_is_stopped_whatever_address_it_claims(anyone: APIClient, settings: Any) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "register": "3/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    answers = [
        anyone.post(URL, {}, format="json", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}") for number in range(4)
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert answers[-1].json()["code"] == "throttled"
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_sign_ups_with_one_e_mail_one_wins() -> None:
    def sign_up(_: int) -> int:
        try:
            return int(APIClient().post(URL, NEW, format="json").status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(sign_up, range(6)))
    assert statuses == [201] + [400] * 5
    assert User.objects.count() == 1
