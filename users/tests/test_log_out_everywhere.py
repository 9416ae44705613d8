import pytest
from django.test import Client
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import RefreshToken

from users.models import User
from users.tests.conftest import PASSWORD, client_with
from users.tokens import ENDED_CLAIM, TokenPair, issue_pair

URL = "/api/users/me/log-out-everywhere/"

pytestmark = pytest.mark.django_db


def log_out_everywhere(client: APIClient) -> int:
    return int(client.post(URL, {}, format="json").status_code)


def refresh(token: str) -> int:
    return int(APIClient().post("/api/auth/token/refresh/", {"refresh": token}, format="json").status_code)


def test_every_token_is_dead_at_once_the_callers_too(
    as_alice: APIClient, alice: User, pair: TokenPair
) -> None:
    elsewhere = issue_pair(alice)
    assert log_out_everywhere(as_alice) == 204
    for access in (pair.access, elsewhere.access):
        answer = client_with(access).get("/api/users/me/")
        assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
    assert [refresh(pair.refresh), refresh(elsewhere.refresh)] == [401, 401]


def test_signing_in_again_works_and_survives_a_refresh(as_alice: APIClient, alice: User) -> None:
    log_out_everywhere(as_alice)
    body = {"email": alice.email, "password": PASSWORD}
    fresh = APIClient().post("/api/auth/token/", body, format="json").json()
    assert client_with(fresh["access"]).get("/api/users/me/").status_code == 200
    renewed = (
        APIClient().post("/api/auth/token/refresh/", {"refresh": fresh["refresh"]}, format="json").json()
    )
    assert client_with(renewed["access"]).get("/api/users/me/").status_code == 200


def test_it_ends_nobody_elses_sign_in(as_alice: APIClient, as_charlie: APIClient) -> None:
    log_out_everywhere(as_alice)
    assert as_charlie.get("/api/users/me/").status_code == 200


def test_a_pair_made_by_a_call_that_was_under_way_is_dead(as_alice: APIClient, alice: User) -> None:
    log_out_everywhere(as_alice)
    assert alice.sign_ins_ended == 0, "as it was read before"
    late = issue_pair(alice)
    assert client_with(late.access).get("/api/users/me/").status_code == 401
    assert refresh(late.refresh) == 401


def test_tokens_from_before_there_was_a_number_go_on_until_it_is_raised(alice: User, pair: TokenPair) -> None:
    old = RefreshToken(pair.refresh)  # type: ignore[arg-type]  # the stub wants a token to make one from a text
    del old.payload[ENDED_CLAIM]
    client = client_with(str(old.access_token))
    assert client.get("/api/users/me/").status_code == 200
    log_out_everywhere(client)
    assert client.get("/api/users/me/").status_code == 401


def test_the_operators_admin_session_ends_too(olga: User, client: Client) -> None:
    client.force_login(olga)
    assert client.get("/admin/").status_code == 200
    log_out_everywhere(client_with(issue_pair(olga).access))
    assert client.get("/admin/").status_code == 302


def test_no_token_is_a_401(anyone: APIClient) -> None:
    assert log_out_everywhere(anyone) == 401
