"""A database belongs to one installation, and a host with other secrets is told so before it does anything."""

import os
from typing import Any

import pytest
from django.core.management import call_command

from users.installation import ForeignDatabase, claim
from users.models import Installation
from users.tests.test_encryption import new_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def first_host(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    settings.INSTALLATION_ID, settings.FIELD_ENCRYPTION_KEYS = "abc234", [new_key()]
    claim()


def test_whoever_has_the_same_secrets_may_come_as_often_as_they_like() -> None:
    claim()
    assert Installation.objects.count() == 1


def test_another_id_is_refused_by_name(settings: Any) -> None:
    settings.INSTALLATION_ID = "xyz789"
    with pytest.raises(ForeignDatabase, match="installation abc234 and this host has INSTALLATION_ID=xyz789"):
        claim()


def test_other_encryption_keys_are_refused_and_not_shown(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    with pytest.raises(ForeignDatabase, match="FIELD_ENCRYPTION_KEYS do not open") as refusal:
        claim()
    assert settings.FIELD_ENCRYPTION_KEYS[0] not in str(refusal.value)


def test_keys_are_rotated_without_being_taken_for_others(settings: Any) -> None:
    old, new = settings.FIELD_ENCRYPTION_KEYS[0], new_key()
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    claim()
    settings.FIELD_ENCRYPTION_KEYS = [new]
    claim()
    settings.FIELD_ENCRYPTION_KEYS = [old]
    with pytest.raises(ForeignDatabase):
        claim()


def test_the_command_refuses_in_one_line_until_the_operator_accepts(
    settings: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.INSTALLATION_ID, settings.FIELD_ENCRYPTION_KEYS = "xyz789", [new_key()]
    with pytest.raises(SystemExit) as refusal:
        call_command("claim_database")
    assert refusal.value.code == os.EX_CONFIG
    assert len(capfd.readouterr().err.splitlines()) == 1
    call_command("claim_database", "--accept")
    claim()
