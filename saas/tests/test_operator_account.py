from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command

from saas.operator_account import create_operator, password_file, take_password

pytestmark = pytest.mark.django_db


def test_the_first_operator_gets_a_password_that_is_shown_once_and_kept_private(settings: Any) -> None:
    assert create_operator()
    assert password_file().stat().st_mode & 0o777 == 0o600
    password = take_password()
    operator = authenticate(username=settings.OPERATOR_EMAIL, password=password)
    assert operator is not None
    assert operator.is_staff
    assert take_password() == ""
    assert not password_file().exists()


def test_a_start_that_is_interrupted_shows_the_password_the_next_time(settings: Any) -> None:
    create_operator()
    assert not create_operator()
    assert authenticate(username=settings.OPERATOR_EMAIL, password=take_password()) is not None


def test_whoever_has_an_operator_already_gets_no_second_one() -> None:
    get_user_model()._default_manager.create_superuser(email="ana@example.com", password="a long password 1")
    assert not create_operator()
    assert take_password() == ""


def test_the_command_shows_the_password_when_asked_to(
    capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    settings.OPERATOR_EMAIL = "chefe@example.com"
    call_command("create_operator", "--show-password")
    text = capsys.readouterr().out
    assert "chefe@example.com: made" in text
    assert authenticate(username="chefe@example.com", password=text.split()[-1]) is not None
    assert not list(Path(settings.DATA_DIR).rglob("*.password"))
