"""E-mail on the terminal: legible, and marked so that the supervisor keeps it nowhere."""

from io import StringIO

import pytest
from django.core.mail import EmailMessage

from saas.console import ONLY_SHOWN
from saas.console_mail import EmailBackend
from saas.processes import NAME_VARIABLE

LINK = "http://127.0.0.1:8501/reset_password#uid=MQ&token=" + "x" * 60


def shown() -> list[str]:
    stream = StringIO()
    message = EmailMessage("Crie uma nova senha", f"Não foi você?\n\n{LINK}\n", to=["alice@example.com"])
    EmailBackend(stream=stream).send_messages([message])
    return stream.getvalue().splitlines()


def test_its_text_and_links_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME_VARIABLE, raising=False)
    lines = shown()
    assert "To: alice@example.com" in lines
    assert "Não foi você?" in lines
    assert LINK in lines


def test_under_the_supervisor_every_line_is_for_the_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME_VARIABLE, "worker")
    assert all(line.startswith(ONLY_SHOWN) for line in shown())
