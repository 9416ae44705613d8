import traceback
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from rest_framework.test import APIClient

from exchanges.credentials import Credentials
from exchanges.domain import Environment, Venue
from saas.clock import utc_now
from users import encryption, keys
from users.encryption import CredentialsUnreadable, decrypt_credentials, encrypt_credentials
from users.models import ExchangeAPIKey, KeyState, User

SECRETS = Credentials("canary-api-key-7LFx", "canary-secret-key", "canary-passphrase")
TESTNET = Venue("binance", Environment.TESTNET)


def new_key() -> str:
    return Fernet.generate_key().decode()


def test_what_was_encrypted_is_decrypted_for_its_owner() -> None:
    assert decrypt_credentials(encrypt_credentials(SECRETS, 5), 5) == SECRETS


def test_equal_credentials_never_look_equal() -> None:
    assert encrypt_credentials(SECRETS, 5) != encrypt_credentials(SECRETS, 5)


def test_another_owner_is_refused() -> None:
    with pytest.raises(CredentialsUnreadable):
        decrypt_credentials(encrypt_credentials(SECRETS, 5), 6)


@pytest.mark.parametrize("ciphertext", ["", "rubbish", "gAAAAA", "é", "\0"])
def test_rubbish_is_refused(ciphertext: str) -> None:
    with pytest.raises(CredentialsUnreadable):
        decrypt_credentials(ciphertext, 5)


def test_a_flipped_character_is_refused() -> None:
    ciphertext = encrypt_credentials(SECRETS, 5)
    flipped = ciphertext[:60] + ("A" if ciphertext[60] != "A" else "B") + ciphertext[61:]
    with pytest.raises(CredentialsUnreadable):
        decrypt_credentials(flipped, 5)


@pytest.mark.parametrize("content", [b"[]", b"5", b"{}", b'{"owner": 5}', b'{"owner": 5, "x": 1}', b"\xff"])
def test_a_genuine_ciphertext_of_something_else_is_refused(content: bytes, settings: Any) -> None:
    ciphertext = Fernet(settings.FIELD_ENCRYPTION_KEYS[0]).encrypt(content).decode()
    with pytest.raises(CredentialsUnreadable):
        decrypt_credentials(ciphertext, 5)


def test_no_traceback_shows_a_secret(settings: Any) -> None:
    ciphertext = encrypt_credentials(SECRETS, 5)
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    with pytest.raises(CredentialsUnreadable) as caught:
        decrypt_credentials(ciphertext, 5)
    shown = "".join(traceback.format_exception(caught.value))
    assert ciphertext not in shown
    assert caught.value.__suppress_context__
    assert "canary" not in f"{SECRETS!r} {SECRETS}"


def test_every_configured_key_decrypts_and_the_first_encrypts(settings: Any) -> None:
    (old,) = settings.FIELD_ENCRYPTION_KEYS
    before = encrypt_credentials(SECRETS, 5)
    settings.FIELD_ENCRYPTION_KEYS = [new_key(), old]
    after = encrypt_credentials(SECRETS, 5)
    assert decrypt_credentials(before, 5) == decrypt_credentials(after, 5) == SECRETS
    assert (encryption.is_current(before), encryption.is_current(after)) == (False, True)
    settings.FIELD_ENCRYPTION_KEYS = [old]
    with pytest.raises(CredentialsUnreadable):
        decrypt_credentials(after, 5)


def test_a_fingerprint_needs_the_key_to_be_made(settings: Any) -> None:
    before = encryption.fingerprints("api-key")
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    assert encryption.fingerprints("api-key") != before
    assert encryption.fingerprints("api-key") == encryption.fingerprints("api-key")


@pytest.mark.parametrize("malformed", ["short", "canary!" * 6, "x" * 44, "é" * 44, ""])
def test_a_malformed_key_in_the_settings_fails_at_the_start_and_is_not_shown(
    settings: Any, malformed: str
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [new_key(), malformed]
    with pytest.raises(SystemCheckError, match="FIELD_ENCRYPTION_KEYS: key 2") as caught:
        call_command("check")
    assert not malformed or malformed not in str(caught.value)
    with pytest.raises(ImproperlyConfigured):
        encrypt_credentials(SECRETS, 5)


def test_no_key_at_all_fails_at_the_start(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = []
    with pytest.raises(SystemCheckError, match="holds no key"):
        call_command("check")


@pytest.mark.django_db
def test_a_secret_moved_to_another_row_is_refused(alice: User, bob: User) -> None:
    mine = keys.add_key(alice, TESTNET, "mine", SECRETS, utc_now())
    other = Credentials("another-api-key", "another-secret")
    live = keys.add_key(alice, Venue("binance", Environment.LIVE), "live", other, utc_now())
    bobs = keys.add_key(bob, TESTNET, "bobs", other, utc_now())
    ExchangeAPIKey.objects.filter(pk__in=[live.pk, bobs.pk]).update(ciphertext=mine.ciphertext)
    for key in (live, bobs):
        key.refresh_from_db()
        with pytest.raises(CredentialsUnreadable):
            keys.open_key_session(key)
        key.refresh_from_db()
        assert key.state == KeyState.UNDECRYPTABLE
    assert keys.read_credentials(mine) == SECRETS


@pytest.mark.django_db
def test_opening_a_deleted_key_is_refused(alice: User) -> None:
    key = keys.add_key(alice, TESTNET, "mine", SECRETS, utc_now())
    keys.delete_key(key, utc_now())
    key.refresh_from_db()
    with pytest.raises(CredentialsUnreadable):
        keys.open_key_session(key)


@pytest.mark.django_db
def test_a_lost_encryption_key_leaves_lists_and_admin_working(
    alice: User, olga: User, as_alice: APIClient, client: Any, settings: Any
) -> None:
    key = keys.add_key(alice, TESTNET, "mine", SECRETS, utc_now())
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    with pytest.raises(CredentialsUnreadable):
        keys.open_key_session(key)
    item = as_alice.get("/api/exchange-keys/").json()["results"][0]
    assert item["state"] == "undecryptable"
    client.force_login(olga)
    assert client.get("/admin/users/exchangeapikey/").status_code == 200
    assert as_alice.delete(f"/api/exchange-keys/{key.pk}/").status_code == 204
