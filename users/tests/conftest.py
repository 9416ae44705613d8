"""A fixed cast: alice and bob use Cardume, charlie is the outsider, olga operates it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.utils import translation
from rest_framework.test import APIClient

from exchanges.tests.conftest import fake, paper, paper_url
from saas.logging import configure
from users.models import User
from users.tokens import TokenPair, issue_pair

__all__ = ["fake", "paper", "paper_url"]

PASSWORD = "correct horse battery"

SignIn = Callable[[User], APIClient]


@pytest.fixture(autouse=True)
def lower_site(settings: Any, redis: Any) -> Iterator[None]:
    settings.ROOT_URLCONF = "saas.tests.urls"
    yield
    structlog.contextvars.clear_contextvars()
    translation.deactivate()


@pytest.fixture(autouse=True)
def cheap_hashing(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.com", PASSWORD, language="en")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@example.com", PASSWORD)


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.com", PASSWORD, language="en")


@pytest.fixture
def olga(db: None) -> User:
    return User.objects.create_superuser("olga@example.com", PASSWORD, language="en")


@pytest.fixture
def anyone() -> APIClient:
    """Not signed in. English, so that tests read the source texts."""
    return APIClient(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def pair(alice: User) -> TokenPair:
    return issue_pair(alice)


@pytest.fixture
def as_alice(alice: User, pair: TokenPair) -> APIClient:
    return client_with(pair.access)


@pytest.fixture
def as_charlie(charlie: User) -> APIClient:
    return client_with(issue_pair(charlie).access)


@pytest.fixture
def logs(settings: Any) -> Iterator[Callable[[], str]]:
    """Everything logged so far, by real handlers into this test's own folder."""
    configure({"directory": settings.LOG_DIR, "level": "DEBUG"})

    def read() -> str:
        return "".join(path.read_text() for path in sorted(settings.LOG_DIR.glob("*.log*")))

    yield read
    configure(settings.LOGGING)


def client_with(access: str) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {access}")
