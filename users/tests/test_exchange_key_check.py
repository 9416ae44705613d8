"""Checks against a real paper exchange over HTTP, and against one that misbehaves."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from rest_framework.test import APIClient

from exchanges import gateway
from exchanges.credentials import Credentials
from exchanges.domain import Balance, Environment, Permissions, Venue
from exchanges.rate_budget import shared
from exchanges.tests.fake_exchange import FakeExchange, Raw, Reply
from users.keys import delete_key, judge, store_balances
from users.models import ExchangeAPIKey

URL = "/api/exchange-keys/"
NOW = datetime(2026, 11, 21, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def open_account(paper_url: str, **permissions: bool) -> dict[str, str]:
    body = {"label": "tests", "permissions": permissions, "balances": {"USDT": "250.50", "BRL": "0"}}
    account: dict[str, str] = requests.post(f"{paper_url}/paper/accounts", json=body, timeout=5).json()
    return account


def add(client: APIClient, api_key: str, secret_key: str) -> int:
    body = {"exchange": "binance", "environment": "paper", "api_key": api_key, "secret_key": secret_key}
    return int(client.post(URL, body, format="json").json()["id"])


def check(client: APIClient, pk: int) -> Any:
    return client.post(f"{URL}{pk}/check/")


def add_account(client: APIClient, paper_url: str, **permissions: bool) -> int:
    account = open_account(paper_url, **permissions)
    return add(client, account["apiKey"], account["secretKey"])


def test_a_good_key_becomes_valid_with_its_balances_and_permissions(as_alice: APIClient, paper: str) -> None:
    pk = add_account(as_alice, paper)
    answer = check(as_alice, pk)
    assert answer.status_code == 200
    item = answer.json()
    assert (item["state"], item["state_detail"], item["simulated"]) == ("valid", "", True)
    assert item["balances"] == {"USDT": {"free": "250.5", "locked": "0"}}
    assert item["permissions"]["can_trade"] is True
    assert item["permissions"]["can_withdraw"] is False
    assert item["checked_at"].endswith("Z")
    assert as_alice.get(f"{URL}{pk}/").json() == item


@pytest.mark.parametrize(
    ("permissions", "words"),
    [
        ({"enableWithdrawals": True}, "may withdraw."),
        ({"permitsUniversalTransfer": True}, "may transfer."),
        ({"enableWithdrawals": True, "enableInternalTransfer": True}, "may withdraw and transfer."),
    ],
)
def test_a_key_that_may_take_money_out_is_refused(
    as_alice: APIClient, paper: str, permissions: dict[str, bool], words: str
) -> None:
    item = check(as_alice, add_account(as_alice, paper, **permissions)).json()
    assert item["state"] == "refused"
    assert words in item["state_detail"]


def test_a_wrong_secret_makes_the_key_invalid(as_alice: APIClient, paper: str) -> None:
    account = open_account(paper)
    item = check(as_alice, add(as_alice, account["apiKey"], "wrong")).json()
    assert item["state"] == "invalid"
    assert "does not accept" in item["state_detail"]
    assert account["apiKey"] not in str(item)


def test_a_key_that_was_mended_becomes_valid_again(as_alice: APIClient, paper: str) -> None:
    pk = add_account(as_alice, paper)
    ExchangeAPIKey.objects.update(state="undecryptable", state_code="unreadable")
    assert check(as_alice, pk).json()["state"] == "valid"


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        (Reply({"msg": "maintenance"}, status=503), 503, "exchange_unavailable"),
        (Reply(b"<html>", status=200), 503, "exchange_unavailable"),
        (Raw(b""), 503, "exchange_unavailable"),
        (
            Reply({"code": -1003, "msg": "too many"}, 429, {"Retry-After": "7"}),
            503,
            "exchange_rate_limited",
        ),
        (Reply({"code": -1100, "msg": "illegal"}, status=400), 502, "exchange_refused"),
    ],
)
def test_an_exchange_that_cannot_be_asked_changes_nothing(
    as_alice: APIClient, fake: FakeExchange, reply: Reply | Raw, status: int, code: str
) -> None:
    pk = add(as_alice, "some-api-key-7LFx", "some-secret-key")
    ExchangeAPIKey.objects.update(state="valid")
    before = ExchangeAPIKey.objects.values().get()
    fake.reply(reply)
    answer = check(as_alice, pk)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ExchangeAPIKey.objects.values().get() == before
    assert ("Retry-After" in answer) is (code == "exchange_rate_limited")


def test_checks_are_the_first_to_wait_when_the_exchange_is_asked_enough(
    as_alice: APIClient, fake: FakeExchange
) -> None:
    pk = add(as_alice, "some-api-key-7LFx", "some-secret-key")
    fake.route = lambda _: {"balances": []}
    shared.learn_limit(Venue("binance", Environment.PAPER), 45)
    assert check(as_alice, pk).status_code == 200
    answer = check(as_alice, pk)
    assert (answer.status_code, answer.json()["code"]) == (503, "exchange_rate_limited")
    assert 0 < int(answer["Retry-After"]) <= 65
    signed = [asked.path for asked in fake.asked if "signature" in asked.fields]
    assert signed == ["/api/v3/account", "/sapi/v1/account/apiRestrictions"]


def test_an_exchange_that_does_not_listen_is_a_503(as_alice: APIClient, settings: Any, redis: Any) -> None:
    settings.PAPER_EXCHANGE_URL = "http://127.0.0.1:9"
    pk = add(as_alice, "some-api-key-7LFx", "some-secret-key")
    assert check(as_alice, pk).status_code == 503
    assert as_alice.get(URL).status_code == 200


def test_a_key_deleted_while_its_exchange_was_asked_stays_deleted(
    as_alice: APIClient, fake: FakeExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = add(as_alice, "some-api-key-7LFx", "some-secret-key")
    fake.reply(Reply({"code": -2015, "msg": "Invalid API-key"}, status=401))
    open_session = gateway.open_session

    def delete_then_open(venue: Venue, credentials: Credentials) -> gateway.Session:
        delete_key(ExchangeAPIKey.objects.get(), NOW)
        return open_session(venue, credentials)

    monkeypatch.setattr(gateway, "open_session", delete_then_open)
    assert check(as_alice, pk).status_code == 404
    row = ExchangeAPIKey.objects.get()
    assert (row.state, row.ciphertext, row.deleted_at) == ("unchecked", "", NOW)


def test_an_account_that_is_again_what_it_was_is_shown_so(as_alice: APIClient) -> None:
    key = ExchangeAPIKey.objects.get(pk=add(as_alice, "some-api-key-7LFx", "some-secret-key"))
    for known in ({}, {"USDT": Balance("USDT", Decimal(3), Decimal(0))}, {}):
        store_balances(key, known)
        assert ExchangeAPIKey.objects.get(pk=key.pk).balances.keys() == known.keys()


def test_checks_are_limited_per_user(as_alice: APIClient, settings: Any) -> None:
    settings.PAPER_EXCHANGE_URL = "http://127.0.0.1:9"
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "exchange-check": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    pk = add(as_alice, "some-api-key-7LFx", "some-secret-key")
    assert [check(as_alice, pk).status_code for _ in range(3)] == [503, 503, 429]


@pytest.mark.parametrize(
    ("permissions", "state", "code"),
    [
        (Permissions(True, False, False, True, None), "valid", ""),
        (Permissions(None, None, None, None, None), "valid", "permissions_unknown"),
        (Permissions(True, None, False, None, None), "valid", "permissions_unknown"),
        (Permissions(True, None, True, None, None), "refused", "may_transfer"),
        (Permissions(False, False, False, None, None), "invalid", "may_not_trade"),
        (Permissions(True, False, False, None, NOW), "invalid", "expired"),
        (Permissions(True, False, False, None, NOW + timedelta(seconds=1)), "valid", ""),
        (Permissions(False, True, False, None, NOW), "refused", "may_withdraw"),
    ],
)
def test_a_key_is_judged_by_what_it_may_do(permissions: Permissions, state: str, code: str) -> None:
    assert judge(permissions, NOW)[:2] == (state, code)
