"""A canary: recognisable secrets go in everywhere, everything that can fail fails, and none comes out anywhere."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from exchanges import gateway
from exchanges.tests.fake_exchange import FakeExchange, Reply
from users import keys
from users.encryption import CredentialsUnreadable
from users.models import ExchangeAPIKey, User
from users.tests.conftest import client_with

PASSWORD = "canaryPassword 5512"
NEW_PASSWORD = "canaryNewPassword 8841"
SECRETS = {
    "api_key": "canaryApiKey00000000000000",
    "secret_key": "canarySecretKey00000000000",
    "passphrase": "canaryPassphrase000000",
}
KEYS = "/api/exchange-keys/"
REPLIES = [
    Reply({"code": -2015, "msg": "Invalid API-key"}, status=401),
    Reply({"code": -1022, "msg": "Signature for this request is not valid."}, status=400),
    Reply({"msg": "down"}, status=503),
    Reply(b"<html>", status=200),
    Reply({}, status=200),
]

pytestmark = pytest.mark.django_db


def post(client: Any, path: str, **body: Any) -> Any:
    return client.post(path, body, format="json")


def sign_up(anyone: APIClient) -> tuple[list[Any], dict[str, str]]:
    account = {"email": "canary@example.com", "password": PASSWORD}
    answers = [
        post(anyone, "/api/auth/register/", **account),
        post(anyone, "/api/auth/register/", **account),
        post(anyone, "/api/auth/register/", **{**account, "email": PASSWORD}),
        post(anyone, "/api/auth/token/", email=PASSWORD, password=PASSWORD),
        anyone.post("/api/auth/token/", f'{{"password": "{PASSWORD}"', content_type="application/json"),
        anyone.get(f"/api/auth/token/?password={PASSWORD}"),
        anyone.get(f"/api/nowhere/?password={PASSWORD}"),
    ]
    return answers, post(anyone, "/api/auth/token/", **account).json()


def use_tokens(anyone: APIClient, pair: dict[str, str]) -> tuple[list[Any], dict[str, str]]:
    client = client_with(pair["access"])
    wrong, right = {"current_password": NEW_PASSWORD}, {"current_password": PASSWORD}
    answers = [
        post(client, "/api/users/me/password/", **wrong, new_password=PASSWORD),
        post(client, "/api/users/me/password/", **right, new_password="short"),
        post(anyone, "/api/auth/token/refresh/", refresh=pair["refresh"] + "x"),
        post(anyone, "/api/auth/token/refresh/", refresh=pair["access"]),
        client_with(pair["refresh"]).get("/api/users/me/"),
    ]
    changed = post(client, "/api/users/me/password/", **right, new_password=NEW_PASSWORD)
    answers.append(client.get("/api/users/me/"))
    return answers, changed.json()


def use_key(client: APIClient, fake: FakeExchange, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    venue = {"exchange": "binance", "environment": "paper"}
    added = post(client, KEYS, **venue, **SECRETS)
    path = f"{KEYS}{added.json()['id']}/"
    answers = [
        added,
        post(client, KEYS, **venue, **SECRETS),
        post(client, KEYS, **venue, **{**SECRETS, "secret_key": SECRETS["secret_key"] + " \n"}),
        client.patch(path, SECRETS, format="json"),
        client.get(KEYS),
    ]
    for reply in REPLIES:
        fake.reply(reply)
        answers.append(client.post(f"{path}check/"))

    def crash(*arguments: Any) -> Any:
        raise RuntimeError(f"a bug that shows everything: {arguments} {SECRETS} password={PASSWORD}")

    monkeypatch.setattr(gateway, "open_session", crash)
    client.raise_request_exception = False
    answers.append(client.post(f"{path}check/"))
    assert answers[-1].status_code == 500
    ExchangeAPIKey.objects.update(ciphertext="gAAAAAbroken")
    answers += [client.post(f"{path}check/"), client.delete(path)]
    return answers


def admin_pages(client: Client, olga: User) -> list[Any]:
    client.force_login(olga)
    key, user = ExchangeAPIKey.objects.get(), User.objects.get(email="canary@example.com")
    paths = [
        "/admin/",
        "/admin/users/exchangeapikey/",
        f"/admin/users/exchangeapikey/{key.pk}/change/",
        "/admin/users/user/",
        f"/admin/users/user/{user.pk}/change/",
    ]
    return [client.get(path) for path in paths]


def test_no_secret_reaches_a_log_an_answer_or_an_admin_page(
    anyone: APIClient,
    client: Client,
    olga: User,
    fake: FakeExchange,
    logs: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    failures, pair = sign_up(anyone)
    more_failures, fresh = use_tokens(anyone, pair)
    key_answers = use_key(client_with(fresh["access"]), fake, monkeypatch)
    answers = [*failures, *more_failures, *key_answers, *admin_pages(client, olga)]
    texts = {f"answer {number}": answer.text for number, answer in enumerate(answers)}
    texts |= {"logs": logs(), "console": "".join(capfd.readouterr())}
    hashed = User.objects.values_list("password", flat=True)
    hidden = [PASSWORD, NEW_PASSWORD, *SECRETS.values(), *pair.values(), *fresh.values(), *hashed]
    found = [(place, secret) for place, text in texts.items() for secret in hidden if secret in text]
    assert found == []
    assert "RuntimeError" in texts["logs"]


def test_a_session_that_cannot_be_opened_names_no_secret(alice: User, logs: Callable[[], str]) -> None:
    key = ExchangeAPIKey(
        owner=alice, exchange="binance", environment="paper", label="x", ciphertext="gAAAAAx"
    )
    key.save()
    with pytest.raises(CredentialsUnreadable):
        keys.open_key_session(key)
    assert "gAAAAAx" not in logs()
    assert f"key={key.pk}" in logs()
