from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from users.models import User
from users.tests.conftest import PASSWORD, client_with
from users.tokens import TokenPair, issue_pair

URL = "/api/users/me/password/"
NEW = "another long enough one"

pytestmark = pytest.mark.django_db


def change(client: APIClient, current: str = PASSWORD, new: str = NEW) -> tuple[int, dict[str, Any]]:
    answer = client.post(URL, {"current_password": current, "new_password": new}, format="json")
    return answer.status_code, answer.json()


def test_the_returned_pair_works_and_the_new_password_signs_in(as_alice: APIClient, alice: User) -> None:
    status, fresh = change(as_alice)
    assert status == 200
    assert client_with(fresh["access"]).get("/api/users/me/").status_code == 200
    renewed = APIClient().post("/api/auth/token/refresh/", {"refresh": fresh["refresh"]}, format="json")
    assert renewed.status_code == 200
    alice.refresh_from_db()
    assert alice.check_password(NEW)


def test_every_other_token_is_dead_at_once(as_alice: APIClient, alice: User, pair: TokenPair) -> None:
    thief = issue_pair(alice)
    change(as_alice)
    assert client_with(thief.access).get("/api/users/me/").status_code == 401
    for token in (thief.refresh, pair.refresh):
        answer = APIClient().post("/api/auth/token/refresh/", {"refresh": token}, format="json")
        assert answer.status_code == 401
    assert as_alice.get("/api/users/me/").status_code == 401


def test_the_wrong_current_password_changes_nothing(as_alice: APIClient, alice: User) -> None:
    status, body = change(as_alice, current="wrong")
    assert status == 400
    assert body["fields"] == {"current_password": ["The password is wrong."]}
    assert as_alice.get("/api/users/me/").status_code == 200


def test_a_weak_new_password_is_refused_by_field(as_alice: APIClient) -> None:
    status, body = change(as_alice, new="alice@example")
    assert status == 400
    assert list(body["fields"]) == ["new_password"]


def test_a_stolen_access_token_cannot_be_used_to_guess_the_password(as_alice: APIClient) -> None:
    statuses = [change(as_alice, current=f"guess {number}")[0] for number in range(11)]
    assert statuses == [400] * 10 + [429]


def test_no_token_is_a_401(anyone: APIClient) -> None:
    assert change(anyone)[0] == 401


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_changes_one_wins_and_the_others_are_told(as_alice: APIClient, alice: User) -> None:
    def attempt(number: int) -> int:
        try:
            return change(as_alice, new=f"{NEW} {number}")[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(attempt, range(4)))
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 400, 401, 409}
    alice.refresh_from_db()
    assert alice.check_password(f"{NEW} {statuses.index(200)}")
