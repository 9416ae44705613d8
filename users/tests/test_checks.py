"""What `check --deploy` says about e-mail."""

from typing import Any

from users.checks import check_mail


def test_an_installation_for_the_public_needs_a_mail_server_and_its_own_address(settings: Any) -> None:
    settings.EMAIL_BACKEND = "saas.console_mail.EmailBackend"
    settings.DASHBOARD_URL = "http://127.0.0.1:8501"
    assert [warning.id for warning in check_mail()] == ["users.W001", "users.W002"]


def test_one_that_has_both_is_not_warned(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DASHBOARD_URL = "https://bots.example.com"
    assert check_mail() == []
