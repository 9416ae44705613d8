"""A fake API for each test, with its cast."""

from collections.abc import Iterator

import pytest

from dashboard.tests.fake_api import Account, FakeApi


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    with FakeApi().running() as fake:
        monkeypatch.setenv("API_URL", fake.url)
        yield fake


@pytest.fixture
def alice(api: FakeApi) -> Account:
    return api.add_account("alice@example.com")


@pytest.fixture
def bob(api: FakeApi) -> Account:
    return api.add_account("bob@example.com", language="en")
