from statistics import median
from time import process_time
from typing import Any

import jwt
import pytest
from django.contrib.auth.hashers import make_password
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from saas.throttling import LoginAccountThrottle, count_call
from users.models import User
from users.tests.conftest import PASSWORD, client_with

URL = "/api/auth/token/"

pytestmark = pytest.mark.django_db


def sign_in(client: APIClient, email: str = "alice@example.com", password: str = PASSWORD) -> Any:
    return client.post(URL, {"email": email, "password": password}, format="json")


def test_e_mail_and_password_give_a_pair_of_tokens(anyone: APIClient, alice: User) -> None:
    answer = sign_in(anyone)
    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh"}
    assert client_with(answer.json()["access"]).get("/api/users/me/").json()["id"] == alice.pk
    alice.refresh_from_db()
    assert alice.last_login is not None


def test_the_e_mails_case_does_not_matter(anyone: APIClient, alice: User) -> None:
    assert sign_in(anyone, " Alice@EXAMPLE.com ").status_code == 200


def test_an_unknown_e_mail_and_a_wrong_password_get_the_same_answer(anyone: APIClient, alice: User) -> None:
    wrong, unknown = sign_in(anyone, password="wrong"), sign_in(anyone, "nobody@example.com")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "wrong_credentials"
    assert wrong["WWW-Authenticate"].startswith("Bearer")


def test_an_inactive_account_gets_the_same_answer(anyone: APIClient, alice: User) -> None:
    User.objects.update(is_active=False)
    assert sign_in(anyone).json()["code"] == "wrong_credentials"


def test_an_unknown_e_mail_takes_as_long_as_a_wrong_password(anyone: APIClient, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    User.objects.create(email="alice@example.com", password=make_password(PASSWORD))

    def seconds(email: str) -> float:
        started = process_time()
        assert sign_in(anyone, email, "wrong").status_code == 401
        return process_time() - started

    seconds("alice@example.com")
    pairs = [(seconds("alice@example.com"), seconds(f"nobody{number}@example.com")) for number in range(5)]
    assert 0.6 < median(known / unknown for known, unknown in pairs) < 1.7


def test_a_stale_token_does_not_stop_anybody_from_signing_in(alice: User) -> None:
    assert sign_in(client_with("rubbish")).status_code == 200


def test_the_access_token_is_good_for_fifteen_minutes_only(anyone: APIClient, alice: User) -> None:
    claims = jwt.decode(sign_in(anyone).json()["access"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 15 * 60


def test_the_database_keeps_no_token(anyone: APIClient, alice: User) -> None:
    sign_in(anyone)
    assert OutstandingToken.objects.get().token == ""


def test_guessing_one_accounts_password_is_stopped_from_any_address(alice: User) -> None:
    answers = [sign_in(APIClient(REMOTE_ADDR=f"198.51.100.{n}"), password="guess") for n in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert sign_in(APIClient()).status_code == 429
    assert sign_in(APIClient(), "bob@example.com").status_code == 401


def test_right_passwords_are_not_counted_against_an_account(anyone: APIClient, alice: User) -> None:
    assert [sign_in(anyone).status_code for _ in range(15)] == [200] * 15
    assert count_call(LoginAccountThrottle.scope, "alice@example.com", 60)[0] == 1


def test_one_address_cannot_try_accounts_without_end(anyone: APIClient, settings: Any) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "login": "3/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    statuses = [sign_in(anyone, f"user{number}@example.com").status_code for number in range(4)]
    assert statuses == [401, 401, 401, 429]


@pytest.mark.parametrize("body", [{}, {"email": "a"}, {"email": ["a"], "password": {}}, [], "text", 5, None])
def test_anything_else_than_an_e_mail_and_a_password_is_a_400(anyone: APIClient, body: Any) -> None:
    answer = anyone.post(URL, body, format="json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
