from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from saas.clock import utc_now
from users import key_usage
from users.encryption import decrypt_credentials
from users.models import ExchangeAPIKey, User
from users.tests.conftest import client_with
from users.tokens import issue_pair

URL = "/api/exchange-keys/"
API_KEY, SECRET_KEY = "canaryApiKey0000000000007LFx", "canarySecretKey000000000000Zq3"
NEW = {
    "exchange": "binance",
    "environment": "testnet",
    "label": "Mine",
    "api_key": API_KEY,
    "secret_key": SECRET_KEY,
}

pytestmark = pytest.mark.django_db


def add(client: APIClient, **change: Any) -> Any:
    return client.post(URL, {**NEW, **change}, format="json")


def test_an_added_key_comes_back_masked_and_unchecked(as_alice: APIClient) -> None:
    answer = add(as_alice)
    assert answer.status_code == 201
    key = ExchangeAPIKey.objects.get()
    assert answer.json() == {
        "id": key.pk,
        "exchange": "binance",
        "environment": "testnet",
        "label": "Mine",
        "api_key": "***7LFx",
        "state": "unchecked",
        "state_detail": "",
        "permissions": dict.fromkeys(
            ["can_trade", "can_withdraw", "can_transfer", "ip_restricted", "expires_at"]
        ),
        "balances": {},
        "checked_at": None,
        "halted_at": None,
        "halt_reason": "",
        "simulated": False,
        "created_at": key.created_at.isoformat().replace("+00:00", "Z"),
    }


def test_the_secrets_are_stored_encrypted_only(as_alice: APIClient, alice: User) -> None:
    add(as_alice, passphrase="canaryPassphrase")
    row = ExchangeAPIKey.objects.values().get()
    assert not any(secret in str(row) for secret in (API_KEY, SECRET_KEY, "canaryPassphrase"))
    opened = decrypt_credentials(row["ciphertext"], alice.pk)
    assert (opened.api_key, opened.secret_key, opened.passphrase) == (API_KEY, SECRET_KEY, "canaryPassphrase")


def test_no_answer_ever_has_the_secrets(as_alice: APIClient) -> None:
    pk = add(as_alice).json()["id"]
    answers = [
        add(as_alice),
        as_alice.get(URL),
        as_alice.get(f"{URL}{pk}/"),
        as_alice.patch(f"{URL}{pk}/", {"label": "x", "api_key": API_KEY}, format="json"),
        add(as_alice, exchange="nowhere"),
        add(as_alice, secret_key=SECRET_KEY + "\n"),
        add(as_alice, api_key=API_KEY * 30),
    ]
    assert not any(API_KEY in answer.text or SECRET_KEY in answer.text for answer in answers)


def test_a_short_key_shows_none_of_itself(as_alice: APIClient) -> None:
    assert add(as_alice, api_key="short").json()["api_key"] == "***"


def test_adding_a_key_twice_is_a_400_on_api_key(as_alice: APIClient) -> None:
    add(as_alice)
    answer = add(as_alice, label="again", secret_key="another")
    assert answer.status_code == 400
    assert answer.json()["fields"] == {"api_key": ["You have added this key already."]}


def test_equal_keys_are_fine_for_another_owner_or_venue(as_alice: APIClient, as_charlie: APIClient) -> None:
    add(as_alice)
    assert add(as_charlie).status_code == 201
    assert add(as_alice, environment="live").status_code == 201
    assert add(as_alice, exchange="bybit").status_code == 201


def test_equal_keys_are_found_after_a_new_encryption_key_was_put_first(
    as_alice: APIClient, settings: Any
) -> None:
    add(as_alice)
    settings.FIELD_ENCRYPTION_KEYS = [
        "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3MDA=",
        *settings.FIELD_ENCRYPTION_KEYS,
    ]
    assert add(as_alice).status_code == 400


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"exchange": "nowhere"}, "exchange"),
        ({"environment": "moon"}, "environment"),
        ({"label": "x" * 61}, "label"),
        ({"api_key": ""}, "api_key"),
        ({"api_key": None}, "api_key"),
        ({"api_key": "with space"}, "api_key"),
        ({"api_key": "line\r\nX-Evil: 1"}, "api_key"),
        ({"api_key": "chave-ç"}, "api_key"),
        ({"secret_key": ["a"]}, "secret_key"),
        ({"secret_key": "nul\0"}, "secret_key"),
        ({"passphrase": "with space"}, "passphrase"),
    ],
)
def test_bad_input_is_a_400_that_names_the_field(as_alice: APIClient, change: Any, field: str) -> None:
    answer = add(as_alice, **change)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_the_list_has_ones_own_keys_newest_first(as_alice: APIClient, as_charlie: APIClient) -> None:
    add(as_charlie)
    first, second = add(as_alice).json()["id"], add(as_alice, environment="live").json()["id"]
    body = as_alice.get(URL).json()
    assert (body["count"], [item["id"] for item in body["results"]]) == (2, [second, first])


def test_a_label_can_be_changed_and_nothing_else(as_alice: APIClient) -> None:
    pk = add(as_alice).json()["id"]
    before = ExchangeAPIKey.objects.values().get()
    change = {"label": "New", "environment": "live", "secret_key": "other", "state": "valid"}
    assert as_alice.patch(f"{URL}{pk}/", change, format="json").json()["label"] == "New"
    assert ExchangeAPIKey.objects.values().get() == {**before, "label": "New"}
    assert as_alice.patch(f"{URL}{pk}/", {}, format="json").status_code == 400


def test_deleting_erases_the_secrets_and_keeps_the_row(as_alice: APIClient) -> None:
    pk = add(as_alice).json()["id"]
    assert as_alice.delete(f"{URL}{pk}/").status_code == 204
    row = ExchangeAPIKey.objects.get()
    assert (row.ciphertext, row.fingerprint, row.masked) == ("", "", "***7LFx")
    assert row.deleted_at is not None
    assert as_alice.get(f"{URL}{pk}/").status_code == 404
    assert as_alice.delete(f"{URL}{pk}/").status_code == 404
    assert add(as_alice).status_code == 201


def test_a_key_in_use_cannot_be_deleted(as_alice: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    pk = add(as_alice).json()["id"]
    monkeypatch.setattr(key_usage, "_questions", [])
    key_usage.register(lambda key: key.pk == pk)
    answer = as_alice.delete(f"{URL}{pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_in_use")
    assert ExchangeAPIKey.objects.get().ciphertext


METHODS = [("get", ""), ("patch", ""), ("delete", ""), ("put", ""), ("post", "check/")]


@pytest.mark.parametrize(("method", "suffix"), METHODS)
def test_a_strangers_key_is_a_404(
    as_alice: APIClient, as_charlie: APIClient, method: str, suffix: str
) -> None:
    pk = add(as_alice).json()["id"]
    answer = getattr(as_charlie, method)(f"{URL}{pk}/{suffix}", {"label": "x"}, format="json")
    assert answer.status_code == (405 if method == "put" else 404)
    assert ExchangeAPIKey.objects.get().label == "Mine"


@pytest.mark.parametrize("pk", ["0", "999999", "-1", "abc", "9" * 30, "%00", "1.0", "é"])
def test_a_missing_or_malformed_id_is_a_404(as_alice: APIClient, pk: str) -> None:
    answer = as_alice.get(f"{URL}{pk}/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", ""), ("post", "paper/"), ("get", "1/")])
def test_no_token_is_a_401(anyone: APIClient, method: str, path: str) -> None:
    assert getattr(anyone, method)(f"{URL}{path}").status_code == 401


def test_a_key_that_cannot_be_decrypted_is_still_listed(as_alice: APIClient, settings: Any) -> None:
    pk = add(as_alice).json()["id"]
    ExchangeAPIKey.objects.update(ciphertext="broken", permissions="odd")
    assert as_alice.get(URL).status_code == 200
    answer = as_alice.post(f"{URL}{pk}/check/")
    assert answer.status_code == 200
    assert answer.json()["state"] == "undecryptable"
    assert "add it again" in answer.json()["state_detail"]


def test_why_a_key_is_in_its_state_is_told_in_each_readers_language(bob: User) -> None:
    client = client_with(issue_pair(bob).access)
    add(client)
    ExchangeAPIKey.objects.update(state="refused", state_code="may_withdraw", halt_reason="order_adopted")
    item = client.get(URL).json()["results"][0]
    assert "sacar" in item["state_detail"]
    assert "ordem" in item["halt_reason"]
    User.objects.filter(pk=bob.pk).update(language="en")
    assert "may withdraw" in client.get(URL).json()["results"][0]["state_detail"]


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_additions_of_one_key_one_wins(as_alice: APIClient) -> None:
    def attempt(_: int) -> int:
        try:
            return int(add(as_alice).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(attempt, range(5))) == [201] + [400] * 4
    assert ExchangeAPIKey.objects.filter(created_at__lte=utc_now()).count() == 1
