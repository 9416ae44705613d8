"""Opening accounts at the paper exchange, and asking what its prices are."""

from typing import Any

import pytest

from exchanges.domain import Environment, Venue
from exchanges.environments import paper_url
from exchanges.errors import ExchangeUnavailable, RequestRefused
from exchanges.gateway import open_session
from exchanges.paper_accounts import PaperStatus, open_paper_account, paper_status
from exchanges.tests.conftest import BINANCE
from exchanges.tests.fake_exchange import FakeExchange, Raw, Reply

STATUS = {"prices": "live", "simulated": False, "ready": True, "message": "prices of a real exchange"}


def test_an_account_starts_with_a_balance(paper: str) -> None:
    first, second = open_paper_account(BINANCE, "alice"), open_paper_account(BINANCE, "bob")
    assert first.api_key != second.api_key
    with open_session(BINANCE, first) as session:
        assert session.fetch_balances()["USDT"].free > 0


@pytest.mark.parametrize("environment", [Environment.TESTNET, Environment.LIVE])
def test_only_paper_opens_accounts(fake: FakeExchange, environment: Environment) -> None:
    with pytest.raises(RequestRefused):
        open_paper_account(Venue("binance", environment), "alice")
    assert fake.asked == []


def test_where_there_is_no_paper_exchange_none_is_opened(fake: FakeExchange) -> None:
    with pytest.raises(RequestRefused):
        open_paper_account(Venue("kraken", Environment.PAPER), "alice")
    assert fake.asked == []


def test_bybit_is_where_the_paper_exchange_is_unless_it_has_an_address(settings: Any) -> None:
    settings.PAPER_EXCHANGE_URL, settings.BYBIT_PAPER_URL = "http://127.0.0.1:1", ""
    assert paper_url("bybit") == paper_url("binance") == "http://127.0.0.1:1"
    settings.BYBIT_PAPER_URL = "http://127.0.0.1:2"
    assert (paper_url("bybit"), paper_url("binance")) == ("http://127.0.0.1:2", "http://127.0.0.1:1")


def test_the_status_is_asked_once_in_a_while(fake: FakeExchange) -> None:
    fake.reply(Reply(STATUS))
    expected = PaperStatus("live", False, True, "prices of a real exchange")
    assert [paper_status(), paper_status()] == [expected, expected]
    assert len(fake.asked) == 1


def test_simulated_prices_say_so(paper: str) -> None:
    status = paper_status()
    assert (status.simulated, status.ready) == (True, True)


@pytest.mark.parametrize(
    "garbled", [Reply(b""), Reply(b"<html>"), Reply([]), Reply({}), Reply({**STATUS, "ready": 1}), Raw(b"")]
)
def test_a_garbled_status_is_unavailability(fake: FakeExchange, garbled: Reply | Raw) -> None:
    fake.reply(garbled)
    with pytest.raises(ExchangeUnavailable):
        paper_status()
    with pytest.raises(ExchangeUnavailable):
        open_paper_account(BINANCE, "alice")


def test_a_refused_account_says_why(paper: str) -> None:
    with pytest.raises(RequestRefused, match="label"):
        open_paper_account(BINANCE, "x" * 10_000)
