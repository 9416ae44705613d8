from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import translation
from rest_framework.test import APIClient

from users.models import User
from users.tests.conftest import client_with
from users.tokens import TokenPair, issue_pair

URL = "/api/users/me/"

pytestmark = pytest.mark.django_db


def test_one_reads_ones_own_settings(as_alice: APIClient, alice: User) -> None:
    joined = alice.date_joined.isoformat().replace("+00:00", "Z")
    assert as_alice.get(URL).json() == {
        "id": alice.pk,
        "email": "alice@example.com",
        "language": "en",
        "display_currency": "BRL",
        "date_joined": joined,
    }


def test_language_and_currency_can_be_changed_one_at_a_time(as_alice: APIClient, alice: User) -> None:
    assert as_alice.patch(URL, {"language": "pt-BR"}, format="json").json()["language"] == "pt-br"
    assert as_alice.patch(URL, {"display_currency": "USDT"}, format="json").status_code == 200
    alice.refresh_from_db()
    assert (alice.language, alice.display_currency) == ("pt-br", "USDT")


@pytest.mark.parametrize("name", ["email", "id", "date_joined", "is_staff", "is_superuser", "password"])
def test_nothing_else_can_be_changed(as_alice: APIClient, alice: User, name: str) -> None:
    before = User.objects.values().get(pk=alice.pk)
    assert as_alice.patch(URL, {name: "5"}, format="json").status_code == 200
    assert User.objects.values().get(pk=alice.pk) == before


def test_a_wrong_choice_is_told_by_field(as_alice: APIClient) -> None:
    answer = as_alice.patch(URL, {"language": "tlh", "display_currency": 7}, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"language", "display_currency"}


def test_put_is_not_offered(as_alice: APIClient) -> None:
    answer = as_alice.put(URL, {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_no_token_is_a_401(anyone: APIClient) -> None:
    answer = anyone.get(URL)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize(
    "header", ["Bearer rubbish", "Bearer a b", "Bearer \xff.\xff.\xff", "Bearer ..", "Bearer"]
)
def test_a_bad_token_is_a_401(anyone: APIClient, header: str) -> None:
    answer = anyone.get(URL, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "detail"}


def test_a_refresh_token_opens_nothing(pair: TokenPair) -> None:
    assert client_with(pair.refresh).get(URL).status_code == 401


def test_an_access_token_ends_after_fifteen_minutes(as_alice: APIClient) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=15, seconds=1)):
        assert as_alice.get(URL).status_code == 401


def test_the_token_of_a_deleted_or_deactivated_user_is_a_401(as_alice: APIClient, alice: User) -> None:
    User.objects.update(is_active=False)
    assert as_alice.get(URL).status_code == 401
    alice.delete()
    assert as_alice.get(URL).status_code == 401


def test_texts_are_in_the_users_language_whatever_the_browser_says(alice: User, bob: User) -> None:
    def complaint(user: User, browser: str) -> str:
        client = client_with(issue_pair(user).access)
        answer = client.patch(URL, {"language": "tlh"}, format="json", HTTP_ACCEPT_LANGUAGE=browser)
        return str(answer.json()["detail"])

    assert complaint(alice, "pt-BR") == "Some of what was sent is not valid."
    assert complaint(bob, "en") != "Some of what was sent is not valid."


def test_ones_language_is_not_left_behind_for_the_next_request(as_alice: APIClient, anyone: Any) -> None:
    as_alice.get(URL)
    assert translation.get_language() == "pt-br"
    assert APIClient().get(URL).json()["detail"] != as_alice.patch(URL, {"language": 1}).json()["detail"]
    assert APIClient().get("/api/who/").headers["Content-Language"] == "pt-br"
