from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connections
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from users.models import User
from users.tasks import forget_expired_tokens
from users.tests.conftest import client_with
from users.tokens import TokenPair, issue_pair

URL = "/api/auth/token/refresh/"

pytestmark = pytest.mark.django_db


def refresh(token: str) -> tuple[int, dict[str, str]]:
    answer = APIClient(HTTP_ACCEPT_LANGUAGE="en").post(URL, {"refresh": token}, format="json")
    return answer.status_code, answer.json()


def test_a_refresh_gives_a_new_pair_that_works(pair: TokenPair, alice: User) -> None:
    status, fresh = refresh(pair.refresh)
    assert status == 200
    assert client_with(fresh["access"]).get("/api/users/me/").json()["id"] == alice.pk
    assert refresh(fresh["refresh"])[0] == 200


def test_a_refresh_token_is_good_once(pair: TokenPair) -> None:
    refresh(pair.refresh)
    status, body = refresh(pair.refresh)
    assert (status, body["code"]) == (401, "token_not_valid")


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_refreshes_of_one_token_exactly_one_wins(pair: TokenPair) -> None:
    def attempt(_: int) -> int:
        try:
            return refresh(pair.refresh)[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(attempt, range(8)))
    assert statuses == [200] + [401] * 7


def test_the_refresh_of_a_deleted_user_is_a_401(pair: TokenPair, alice: User) -> None:
    alice.delete()
    assert refresh(pair.refresh)[0] == 401


def test_the_refresh_of_a_deactivated_user_is_a_401(pair: TokenPair) -> None:
    User.objects.update(is_active=False)
    assert refresh(pair.refresh)[0] == 401


def test_an_expired_refresh_token_is_a_401(pair: TokenPair) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=15)):
        assert refresh(pair.refresh)[0] == 401


def test_an_access_token_refreshes_nothing(pair: TokenPair) -> None:
    assert refresh(pair.access)[0] == 401


@pytest.mark.parametrize("token", ["rubbish", "a.b.c", "é.é.é", "eyJhbGciOiJub25lIn0.e30."])
def test_a_forged_token_is_a_401(db: None, token: str) -> None:
    assert refresh(token)[0] == 401


def test_no_token_is_a_400_that_says_so(anyone: APIClient) -> None:
    answer = anyone.post(URL, {}, format="json")
    assert answer.status_code == 400
    assert answer.json()["fields"] == {"refresh": ["This field is required."]}


def test_ids_of_expired_tokens_are_forgotten_and_live_ones_kept(pair: TokenPair, alice: User) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(days=15)):
        refresh(issue_pair(alice).refresh)
    assert OutstandingToken.objects.count() == 3
    forget_expired_tokens()
    assert OutstandingToken.objects.count() == 1
    assert not BlacklistedToken.objects.exists()
    assert refresh(pair.refresh)[0] == 200
