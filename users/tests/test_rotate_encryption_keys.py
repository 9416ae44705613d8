from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from exchanges.credentials import Credentials
from exchanges.domain import Environment, Venue
from saas.clock import utc_now
from saas.errors import Invalid
from users import encryption, key_rotation, keys
from users.models import ExchangeAPIKey, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(alice: User, bob: User) -> list[ExchangeAPIKey]:
    """Seven keys of two people."""
    venue = Venue("binance", Environment.TESTNET)
    return [
        keys.add_key(owner, venue, f"key {n}", Credentials(f"api-key-{n}", f"secret-{n}"), utc_now())
        for n, owner in enumerate([alice, bob, alice, bob, alice, bob, alice])
    ]


@pytest.fixture
def new_first(rows: list[ExchangeAPIKey], settings: Any) -> str:
    """A new key in front of the old one; the old one."""
    (old,) = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), old]
    return str(old)


def rotate() -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("rotate_encryption_keys", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_afterwards_the_old_key_can_be_taken_out(
    rows: list[ExchangeAPIKey], new_first: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    out, err = rotate()
    assert "re-encrypted with the first key: 7" in out
    assert err == ""
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    for n, key in enumerate(ExchangeAPIKey.objects.order_by("pk")):
        assert keys.read_credentials(key) == Credentials(f"api-key-{n}", f"secret-{n}")
    with pytest.raises(Invalid):
        keys.add_key(rows[0].owner, rows[0].venue, "again", Credentials("api-key-0", "x"), utc_now())


def test_it_can_be_stopped_and_run_again(
    rows: list[ExchangeAPIKey], new_first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, calls = encryption.encrypt_credentials, iter(range(100))

    def killed_at_the_fourth(credentials: Credentials, owner: int) -> str:
        if next(calls) == 3:
            raise KeyboardInterrupt
        return original(credentials, owner)

    monkeypatch.setattr(encryption, "encrypt_credentials", killed_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    out, _ = rotate()
    assert "re-encrypted with the first key: 4" in out
    assert "already so: 3" in out


def test_unreadable_rows_are_named_and_left_as_they_are(rows: list[ExchangeAPIKey], new_first: str) -> None:
    ExchangeAPIKey.objects.filter(pk=rows[2].pk).update(ciphertext="broken")
    out, err = rotate()
    assert "re-encrypted with the first key: 6" in out
    assert f"key {rows[2].pk} ***ey-2 (binance testnet) of alice@example.com" in err
    rows[2].refresh_from_db()
    assert rows[2].ciphertext == "broken"


def test_a_row_that_changes_meanwhile_is_not_overwritten(
    rows: list[ExchangeAPIKey], new_first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = encryption.encrypt_credentials

    def delete_first(credentials: Credentials, owner: int) -> str:
        if credentials.api_key == "api-key-3":
            ExchangeAPIKey.objects.filter(pk=rows[3].pk).update(ciphertext="")
        return original(credentials, owner)

    monkeypatch.setattr(encryption, "encrypt_credentials", delete_first)
    out, _ = rotate()
    assert "changed by somebody else meanwhile, run again: 1" in out
    rows[3].refresh_from_db()
    assert rows[3].ciphertext == ""


def test_deleted_keys_have_nothing_to_rotate(rows: list[ExchangeAPIKey], new_first: str) -> None:
    keys.delete_key(rows[0], utc_now())
    assert "re-encrypted with the first key: 6" in rotate()[0]
