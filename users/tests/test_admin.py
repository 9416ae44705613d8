from typing import Any

import pytest
from django.test import Client

from exchanges.credentials import Credentials
from exchanges.domain import Environment, Venue
from saas.clock import utc_now
from users import keys
from users.models import ExchangeAPIKey, User
from users.tests.conftest import PASSWORD

KEYS, USERS = "/admin/users/exchangeapikey/", "/admin/users/user/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_olga(client: Client, olga: User) -> Client:
    client.force_login(olga)
    return client


@pytest.fixture
def key(alice: User) -> ExchangeAPIKey:
    secrets = Credentials("canary-api-key-7LFx", "canary-secret")
    return keys.add_key(alice, Venue("binance", Environment.TESTNET), "Mine", secrets, utc_now())


def test_keys_are_found_by_owner_and_shown_masked(as_olga: Client, key: ExchangeAPIKey) -> None:
    for page in (f"{KEYS}?q=alice", f"{KEYS}?q=7LFx", f"{KEYS}{key.pk}/change/"):
        text = as_olga.get(page).text
        assert "***7LFx" in text
        assert not any(secret in text for secret in ("canary", key.ciphertext, key.fingerprint))
    assert "***7LFx" not in as_olga.get(f"{KEYS}?q=bob").text


@pytest.mark.parametrize("state", ["undecryptable", "valid", "nonsense"])
def test_broken_rows_are_shown_all_the_same(as_olga: Client, key: ExchangeAPIKey, state: str) -> None:
    broken = {
        "state": state,
        "state_code": "odd",
        "state_values": [],
        "permissions": "x",
        "balances": [1],
    }
    ExchangeAPIKey.objects.update(ciphertext="broken", environment="moon", **broken)
    assert as_olga.get(KEYS).status_code == 200
    assert as_olga.get(f"{KEYS}{key.pk}/change/").status_code == 200


def test_no_key_can_be_added_changed_or_deleted_there(as_olga: Client, key: ExchangeAPIKey) -> None:
    assert as_olga.get(f"{KEYS}add/").status_code == 403
    assert as_olga.post(f"{KEYS}{key.pk}/change/", {"label": "x"}).status_code == 403
    assert as_olga.post(f"{KEYS}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ExchangeAPIKey.objects.get().label == "Mine"


def test_users_are_found_by_e_mail(as_olga: Client, alice: User, bob: User) -> None:
    text = as_olga.get(f"{USERS}?q=alice").text
    assert "alice@example.com" in text
    assert "bob@example.com" not in text
    assert as_olga.get(f"{USERS}{alice.pk}/change/").status_code == 200


def test_no_page_shows_a_passwords_hash(as_olga: Client, alice: User) -> None:
    assert alice.password not in as_olga.get(f"{USERS}{alice.pk}/change/").text


def test_a_user_added_there_signs_in_in_any_case(as_olga: Client) -> None:
    form = {
        "email": "New@Example.com",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert as_olga.post(f"{USERS}add/", form).status_code == 302
    assert User.objects.get(email="new@example.com").check_password(PASSWORD)
    assert as_olga.post(f"{USERS}add/", {**form, "email": "NEW@example.com"}).status_code == 200
    assert User.objects.filter(email__iexact="new@example.com").count() == 1


def test_a_password_set_there_ends_the_users_tokens(as_olga: Client, alice: User, as_alice: Any) -> None:
    form = {"usable_password": "true", "password1": "a new long password", "password2": "a new long password"}
    assert as_olga.post(f"{USERS}{alice.pk}/password/", form).status_code == 302
    assert as_alice.get("/api/users/me/").status_code == 401


def test_tokens_are_nowhere_to_be_read(as_olga: Client) -> None:
    assert as_olga.get("/admin/token_blacklist/outstandingtoken/").status_code == 404
    assert "token" not in as_olga.get("/admin/").text.lower().replace("csrfmiddlewaretoken", "")


@pytest.mark.parametrize(("language", "word"), [("pt-br", "Chaves de corretora"), ("en", "Exchange keys")])
def test_it_is_read_in_both_languages(as_olga: Client, key: ExchangeAPIKey, language: str, word: str) -> None:
    text = as_olga.get("/admin/", headers={"Accept-Language": language}).text
    assert word.lower() in text.lower()
    assert as_olga.get(KEYS, headers={"Accept-Language": language}).status_code == 200


@pytest.mark.parametrize("page", [KEYS, USERS, "/admin/"])
def test_ordinary_users_are_sent_away(client: Client, alice: User, page: str) -> None:
    client.force_login(alice)
    assert client.get(page).status_code == 302


def test_the_operator_allows_entries_again_after_a_halt(as_olga: Client, key: ExchangeAPIKey) -> None:
    keys.halt_key(key, "order_adopted", utc_now())
    answer = as_olga.post(KEYS, {"action": "allow_entries", "_selected_action": [key.pk]}, follow=True)
    assert answer.status_code == 200
    key.refresh_from_db()
    assert (key.halted_at, key.halt_reason) == (None, "")
