from typing import Any

import pytest
from rest_framework.test import APIClient

from exchanges.tests.fake_exchange import FakeExchange, Reply
from users.models import ExchangeAPIKey

URL = "/api/exchange-keys/paper/"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("exchange", ["binance", "bybit"])
def test_one_click_opens_a_paper_account_that_is_checked_already(
    as_alice: APIClient, paper: str, exchange: str
) -> None:
    answer = as_alice.post(URL, {"exchange": exchange, "label": "Play money"}, format="json")
    assert answer.status_code == 201
    item = answer.json()
    assert (item["environment"], item["exchange"], item["label"]) == ("paper", exchange, "Play money")
    assert (item["state"], item["simulated"]) == ("valid", True)
    assert any(float(balance["free"]) > 0 for balance in item["balances"].values())


def test_nothing_has_to_be_said(as_alice: APIClient, paper: str) -> None:
    answers = [as_alice.post(URL), as_alice.post(URL, {}, format="json")]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["api_key"] != answers[1].json()["api_key"]
    assert answers[0].json()["label"]


def test_a_paper_exchange_that_does_not_answer_is_a_503(as_alice: APIClient, settings: Any) -> None:
    settings.PAPER_EXCHANGE_URL = "http://127.0.0.1:9"
    answer = as_alice.post(URL)
    assert (answer.status_code, answer.json()["code"]) == (503, "exchange_unavailable")
    assert not ExchangeAPIKey.objects.exists()


def test_an_account_whose_check_fails_is_kept_unchecked(as_alice: APIClient, fake: FakeExchange) -> None:
    fake.reply(
        Reply({"apiKey": "new-api-key-7LFx", "secretKey": "new-secret"}, status=201),
        Reply({"msg": "down"}, status=503),
    )
    answer = as_alice.post(URL)
    assert (answer.status_code, answer.json()["state"]) == (201, "unchecked")
    assert ExchangeAPIKey.objects.get().masked == "***7LFx"


@pytest.mark.parametrize("body", [{"exchange": "nowhere"}, {"label": "x" * 61}])
def test_bad_input_is_a_400_that_names_the_field(as_alice: APIClient, body: dict[str, str]) -> None:
    answer = as_alice.post(URL, body, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == list(body)
