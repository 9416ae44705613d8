"""The first operator: an account for the admin, made once with a random password that is shown once.

The password waits in a file that only its owner can read until `up` has shown it, so that a start which is
interrupted loses nothing.
"""

import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from saas import environment

PASSWORD_BYTES = 12


def password_file() -> Path:
    return Path(settings.DATA_DIR) / "run" / "operator.password"


def create_operator() -> bool:
    """Make the account unless there is an operator already; whether it was made."""
    users = get_user_model()._default_manager
    with transaction.atomic():
        if users.filter(is_superuser=True).exists():
            return False
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        users.create_superuser(email=settings.OPERATOR_EMAIL, password=password)
        password_file().parent.mkdir(parents=True, exist_ok=True)
        environment.replace_private(password_file(), password + "\n")
    return True


def take_password() -> str:
    """The password that has not been shown yet, once; empty afterwards."""
    file = password_file()
    if not file.exists():
        return ""
    password = file.read_text(encoding="utf-8").strip()
    file.unlink()
    return password
