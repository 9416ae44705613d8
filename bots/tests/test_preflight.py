"""No bot whose orders the exchange would not take, or would not take back."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from bots.models import BotConfiguration
from bots.preflight import format_money
from bots.sizing import entry_quantity, exit_quantity, is_placeable
from exchanges.market_data.snapshot import read_snapshot
from saas.clock import utc_now
from saas.redis import key
from tests.cast import PAPER, FakeVenue, Person, alice, bob, bot_body, instrument, venue
from users.models import Currency

__all__ = ["alice", "bob", "venue"]


def create(person: Person, **changes: Any) -> Any:
    return person.client.post("/api/bots/", bot_body(person, **changes), format="json")


def refusal(person: Person, **changes: Any) -> str:
    answer = create(person, **changes)
    assert answer.status_code == 400
    assert not BotConfiguration.objects.exists()
    message: str = answer.json()["fields"]["capital"][0]
    return message


def advised(message: str) -> str:
    return message.rpartition("R$ ")[2].removesuffix(" would do.")


def test_too_little_capital_is_told_what_would_do(alice: Person, venue: FakeVenue) -> None:
    message = refusal(alice, capital="10")
    assert message.startswith("Too little for BTC/USDT")
    assert create(alice, capital=advised(message)).status_code == 201


def test_what_would_do_is_not_more_than_a_little_above_what_is_needed(
    alice: Person, venue: FakeVenue
) -> None:
    enough = Decimal(advised(refusal(alice, capital="10")))
    assert create(alice, capital=str(enough * Decimal("0.95"))).status_code == 400


def test_the_capital_is_split_by_the_open_trades(alice: Person, venue: FakeVenue) -> None:
    symbols = ["BTC/USDT", "ETH/USDT"]
    assert create(alice, capital="60", symbols=symbols).status_code == 201
    assert create(alice, capital="60", symbols=symbols, max_open_trades=2).status_code == 400


def test_the_symbol_that_needs_most_is_named(alice: Person, venue: FakeVenue) -> None:
    venue.offer(instrument("GOLD", "USDT", "0.001", "50"), "100")
    venue.publish()
    message = refusal(alice, capital="100", symbols=["BTC/USDT", "GOLD/USDT"])
    assert message.startswith("Too little for GOLD/USDT")


@pytest.mark.parametrize("capital", ["31", "32", "40", "45", "60", "100", "1000"])
@pytest.mark.parametrize("symbol", ["BTC/USDT", "ETH/USDT", "SHIB/USDT"])
@pytest.mark.parametrize("stop", [None, "1", "20", "90"])
def test_what_is_accepted_can_be_bought_and_sold_at_the_stop(
    alice: Person, venue: FakeVenue, capital: str, symbol: str, stop: str | None
) -> None:
    answer = create(alice, capital=capital, symbols=[symbol], stop_loss_percent=stop)
    if answer.status_code == 400:
        assert list(answer.json()["fields"]) == ["capital"]
        return
    listed, price = venue.instruments[symbol], venue.prices[symbol]
    bought = entry_quantity(Decimal(capital) / 5, price, listed)
    assert bought
    left = exit_quantity(bought * Decimal("0.999"), listed)
    at_stop = price * (1 - Decimal(stop or 10) / 100)
    assert is_placeable(left, at_stop, listed)


def test_a_deep_stop_needs_more_capital(alice: Person, venue: FakeVenue) -> None:
    assert create(alice, capital="40", stop_loss_percent="1").status_code == 201
    assert create(alice, capital="40", stop_loss_percent="50").status_code == 400


def test_a_trailing_stop_that_sells_sooner_needs_less(alice: Person, venue: FakeVenue) -> None:
    assert create(alice, capital="40", stop_loss_percent="50", trailing_stop_percent="2").status_code == 201


def test_prices_that_are_not_shared_yet_are_asked_for_once_and_not_shared(
    alice: Person, venue: FakeVenue, redis: Any
) -> None:
    redis.delete(key(f"market:{PAPER}"))
    assert create(alice).status_code == 201
    assert venue.asked == 2  # the instruments, and the prices of all symbols together
    assert read_snapshot(PAPER) is None


def test_old_prices_are_asked_for_again(alice: Person, venue: FakeVenue) -> None:
    venue.publish(utc_now().replace(year=2020))
    venue.prices["BTC/USDT"] = Decimal(50_000)
    assert create(alice).status_code == 201
    assert venue.asked == 2


def test_an_exchange_that_does_not_answer_leaves_nothing_half_done(
    alice: Person, venue: FakeVenue, redis: Any
) -> None:
    redis.delete(key(f"market:{PAPER}"))
    venue.reachable = False
    answer = create(alice)
    assert (answer.status_code, answer.json()["code"]) == (503, "exchange_unavailable")
    assert not BotConfiguration.objects.exists()


def test_a_symbol_that_is_not_traded_now_is_refused(alice: Person, venue: FakeVenue) -> None:
    venue.instruments["ETH/USDT"] = replace(venue.instruments["ETH/USDT"], active=False)
    answer = create(alice, symbols=["ETH/USDT"])
    assert answer.json()["fields"]["symbols"] == ["ETH/USDT cannot be traded on binance at present."]


def test_a_quote_without_a_rate_is_refused(alice: Person, venue: FakeVenue) -> None:
    venue.offer(instrument("BTC", "XYZ", "0.001"), "100")
    venue.publish()
    answer = create(alice, symbols=["BTC/XYZ"])
    assert "no rate from BRL to XYZ" in answer.json()["fields"]["symbols"][0]


def test_capital_in_the_quote_asset_itself_needs_no_rate(alice: Person, venue: FakeVenue) -> None:
    del venue.prices["USDT/BRL"]
    venue.publish()
    assert create(alice, capital="100", capital_currency="USDT").status_code == 201


def test_a_change_is_checked_like_a_new_bot(alice: Person, venue: FakeVenue) -> None:
    pk = create(alice, capital="100").json()["id"]
    answer = alice.client.patch(f"/api/bots/{pk}/", {"capital": "5"}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["capital"])
    assert BotConfiguration.objects.get().capital == Decimal(100)


def test_money_is_written_as_the_reader_writes_it(settings: Any) -> None:
    amount = Decimal("1234.5")
    with translation.override("pt-br"):
        assert format_money(amount, Currency.BRL) == "R$ 1.234,50"
    with translation.override("en"):
        assert format_money(amount, Currency.BRL) == "R$ 1,234.50"
        assert format_money(amount, Currency.USDT) == "1,234.50 USDT"
