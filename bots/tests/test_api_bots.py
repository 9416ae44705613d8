"""`/api/bots/`: creating, reading, changing and deleting a bot."""

from typing import Any

import pytest

from bots.models import BotConfiguration, BotStatus
from saas.clock import utc_now
from tests.cast import (
    LONG_AGO,
    FakeVenue,
    Person,
    alice,
    bob,
    bot_body,
    make_bot,
    make_key,
    make_order,
    make_trade,
    venue,
)
from trades import lease

__all__ = ["alice", "bob", "venue"]

URL = "/api/bots/"


def create(person: Person, **changes: Any) -> Any:
    return person.client.post(URL, bot_body(person, **changes), format="json")


def patch(person: Person, bot: BotConfiguration, **changes: Any) -> Any:
    return person.client.patch(f"{URL}{bot.pk}/", changes, format="json")


def test_a_bot_is_created_stopped_with_all_its_parameters(alice: Person, venue: FakeVenue) -> None:
    answer = create(alice, parameters={"window": 30})
    assert answer.status_code == 201, answer.json()
    item = answer.json()
    assert item["status"] == "stopped"
    assert item["capital"] == "500"
    assert item["parameters"] == {
        "timeframe": "1m",
        "window": 30,
        "threshold_percent": "1",
        "exit_at_average": False,
    }
    assert alice.client.get(f"{URL}{item['id']}/").json() == item


@pytest.mark.parametrize("typed", ["BTCUSDT", "btc/usdt", "BTC-USDT", " btc_usdt "])
def test_a_symbol_may_be_typed_in_any_way(alice: Person, venue: FakeVenue, typed: str) -> None:
    assert create(alice, symbols=[typed]).json()["symbols"] == ["BTC/USDT"]


def test_a_symbol_typed_twice_counts_once(alice: Person, venue: FakeVenue) -> None:
    answer = create(alice, symbols=["BTCUSDT", "ETH/USDT", "BTC/USDT"])
    assert answer.json()["symbols"] == ["BTC/USDT", "ETH/USDT"]


def test_the_capital_is_in_the_users_currency_unless_said_otherwise(alice: Person, venue: FakeVenue) -> None:
    body = bot_body(alice)
    del body["capital_currency"]
    answer = alice.client.post(URL, body, format="json")
    assert answer.json()["capital_currency"] == "BRL"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"symbols": []}, "symbols"),
        ({"symbols": ["NOPE/USDT"]}, "symbols"),
        ({"symbols": [f"C{number}/USDT" for number in range(51)]}, "symbols"),
        ({"strategy": "martingale"}, "strategy"),
        ({"parameters": {"windows": 3}}, "parameters.windows"),
        ({"parameters": {"window": 1}}, "parameters.window"),
        ({"parameters": {"window": 501}}, "parameters.window"),
        ({"parameters": {"window": "ten"}}, "parameters.window"),
        ({"parameters": {"timeframe": "2m"}}, "parameters.timeframe"),
        ({"parameters": {"threshold_percent": "NaN"}}, "parameters.threshold_percent"),
        ({"parameters": []}, "parameters"),
        ({"capital": "0"}, "capital"),
        ({"capital": "-1"}, "capital"),
        ({"capital": "NaN"}, "capital"),
        ({"capital": "1000000001"}, "capital"),
        ({"capital_currency": "EUR"}, "capital_currency"),
        ({"interval_seconds": 0}, "interval_seconds"),
        ({"interval_seconds": 86_401}, "interval_seconds"),
        ({"max_open_trades": 0}, "max_open_trades"),
        ({"max_open_trades": 51}, "max_open_trades"),
        ({"take_profit_percent": "0"}, "take_profit_percent"),
        ({"take_profit_percent": "1001"}, "take_profit_percent"),
        ({"stop_loss_percent": "100"}, "stop_loss_percent"),
        ({"trailing_stop_percent": "-3"}, "trailing_stop_percent"),
        ({"exchange_key": "abc"}, "exchange_key"),
    ],
)
def test_bad_input_is_refused_by_field(
    alice: Person, venue: FakeVenue, changes: dict[str, Any], field: str
) -> None:
    answer = create(alice, **changes)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]
    assert not BotConfiguration.objects.exists()


def test_a_timeframe_that_the_exchange_lacks_is_refused(alice: Person, venue: FakeVenue) -> None:
    key = make_key(alice.user, exchange="bybit", environment="live")
    answer = create(alice, exchange_key=key.pk, parameters={"timeframe": "1s"})
    assert "parameters.timeframe" in answer.json()["fields"]


def test_a_refusal_is_in_the_users_language(bob: Person, venue: FakeVenue) -> None:
    bob.user.language = "pt-br"
    bob.user.save()
    assert create(bob, symbols=["NOPE"]).json()["fields"]["symbols"] == ["NOPE não é negociado na binance."]


def test_too_many_bots_are_refused(alice: Person, venue: FakeVenue, settings: Any) -> None:
    settings.MAX_BOTS_PER_USER = 1
    first = make_bot(alice)
    refused = create(alice)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_bots")
    assert alice.client.delete(f"{URL}{first.pk}/").status_code == 204
    assert create(alice).status_code == 201


def test_a_deleted_key_is_not_there(alice: Person, venue: FakeVenue) -> None:
    key = make_key(alice.user, deleted_at=LONG_AGO)
    assert create(alice, exchange_key=key.pk).status_code == 404


def test_a_patch_changes_what_it_names_and_nothing_else(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    before = alice.client.get(f"{URL}{bot.pk}/").json()
    answer = patch(alice, bot, name="calmer", parameters={"window": 50}, stop_loss_percent=None)
    expected = {**before["parameters"], "window": 50}
    assert answer.json() == {**before, "name": "calmer", "parameters": expected, "stop_loss_percent": None}


def test_renaming_asks_no_exchange(alice: Person, venue: FakeVenue) -> None:
    venue.reachable = False
    assert patch(alice, make_bot(alice), name="other").status_code == 200


def test_the_engines_own_columns_cannot_be_set(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    patch(alice, bot, status="active", closing=True, next_run_at="2030-01-01T00:00:00Z")
    bot.refresh_from_db()
    assert (bot.status, bot.closing, bot.next_run_at) == (BotStatus.STOPPED, False, None)


def test_an_active_bot_can_be_changed(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice, status=BotStatus.ACTIVE, next_run_at=LONG_AGO)
    assert patch(alice, bot, capital="800").json()["capital"] == "800"
    bot.refresh_from_db()
    assert (bot.status, bot.next_run_at) == (BotStatus.ACTIVE, LONG_AGO)


def test_another_capital_moves_no_percentage_of_the_past(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=[("110000", "0.001")])
    patch(alice, bot, capital="1000")
    patch(alice, bot, capital="400", capital_currency="USDT")
    portfolio = alice.client.get("/api/portfolio/").json()
    assert (portfolio["capital_display"], portfolio["realised_pnl_percent"]) == ("2000", "10")
    past = [(str(each.capital), each.capital_currency) for each in bot.past_capitals.all()]
    assert past == [("500", "BRL"), ("1000", "BRL")]


def test_a_capital_that_nothing_was_bought_with_is_forgotten(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    patch(alice, bot, capital="1000")
    assert not bot.past_capitals.exists()


def test_a_symbol_with_an_open_trade_cannot_be_taken_away(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice, symbols=["BTC/USDT", "ETH/USDT"])
    make_trade(bot)
    refused = patch(alice, bot, symbols=["ETH/USDT"])
    assert (refused.status_code, refused.json()["code"]) == (409, "symbol_has_open_trade")
    assert patch(alice, bot, symbols=["BTC/USDT"]).status_code == 200


def test_the_key_cannot_be_changed_under_an_unsettled_order(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_order(bot, status="UNKNOWN")
    refused = patch(alice, bot, exchange_key=make_key(alice.user).pk)
    assert (refused.status_code, refused.json()["code"]) == (409, "bot_has_open_trades")


def test_an_active_bot_takes_no_unchecked_key(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice, status=BotStatus.ACTIVE)
    refused = patch(alice, bot, exchange_key=make_key(alice.user, state="unchecked").pk)
    assert (refused.status_code, refused.json()["code"]) == (409, "key_not_checked")


def test_a_stopped_bot_is_deleted_and_its_trades_stay(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=[("101000", "0.001")])
    assert alice.client.delete(f"{URL}{bot.pk}/").status_code == 204
    assert alice.client.get(f"{URL}{bot.pk}/").status_code == 404
    assert alice.client.get("/api/trades/").json()["results"][0]["bot_name"] == "dip buyer"


def test_an_active_bot_is_not_deleted(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice, status=BotStatus.ACTIVE)
    refused = alice.client.delete(f"{URL}{bot.pk}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "bot_is_active")


@pytest.mark.parametrize("holds", ["trade", "order"])
def test_a_bot_that_holds_something_is_not_deleted(alice: Person, venue: FakeVenue, holds: str) -> None:
    bot = make_bot(alice)
    if holds == "trade":
        make_trade(bot)
    else:
        make_order(bot, status="HELD")
    refused = alice.client.delete(f"{URL}{bot.pk}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "bot_has_open_trades")


def test_a_bot_is_not_deleted_under_a_run(
    alice: Person, venue: FakeVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.lease_wait.PATIENCE_SECONDS", 0.1)
    bot = make_bot(alice)
    held = lease.take(bot.pk, utc_now())
    assert held is not None
    refused = alice.client.delete(f"{URL}{bot.pk}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "bot_busy")
    lease.release(held)
    assert alice.client.delete(f"{URL}{bot.pk}/").status_code == 204


def test_a_list_shows_each_bots_figures_in_a_constant_number_of_queries(
    alice: Person, venue: FakeVenue, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        bot = make_bot(alice, name=f"bot {number}")
        make_trade(bot)
        make_trade(bot, sells=[("110000", "0.001")], symbol="ETH/USDT")
    with django_assert_max_num_queries(8):
        page = alice.client.get(URL).json()
    assert page["count"] == 10
    assert {item["open_trades"] for item in page["results"]} == {1}
    assert {item["realised_pnl_display"] for item in page["results"]} == {"50"}


def test_results_in_another_currency_are_turned_over(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=[("110000", "0.001")])
    alice.client.patch("/api/users/me/", {"display_currency": "USDT"}, format="json")
    make_trade(bot, sells=[("110000", "0.001")], rate="1", display_currency="USDT")
    shown = alice.client.get(f"{URL}{bot.pk}/").json()
    assert (shown["realised_pnl_display"], shown["display_currency"]) == ("20", "USDT")


def test_the_list_is_narrowed_by_status_and_key(alice: Person, venue: FakeVenue) -> None:
    make_bot(alice)
    make_bot(alice, status=BotStatus.ACTIVE, exchange_key=make_key(alice.user))
    assert alice.client.get(f"{URL}?status=active").json()["count"] == 1
    assert alice.client.get(f"{URL}?exchange_key={alice.key.pk}").json()["count"] == 1
    assert alice.client.get(f"{URL}?status=running").status_code == 400


def test_put_is_not_offered(alice: Person, venue: FakeVenue) -> None:
    assert alice.client.put(f"{URL}{make_bot(alice).pk}/", {}, format="json").status_code == 405


@pytest.mark.parametrize("pk", ["0", "-1", "abc", "99999999999999999999999", "1.5", "%20"])
def test_an_id_that_is_none_is_not_found(alice: Person, venue: FakeVenue, pk: str) -> None:
    assert alice.client.get(f"{URL}{pk}/").status_code == 404
    assert alice.client.post(f"{URL}{pk}/start/").status_code == 404


def test_strategies_describe_their_parameters(alice: Person) -> None:
    [strategy] = alice.client.get("/api/strategies/").json()
    assert strategy["name"] == "buy_below_average"
    window = next(item for item in strategy["parameters"] if item["name"] == "window")
    assert (window["type"], window["default"], window["minimum"], window["maximum"]) == (
        "integer",
        20,
        "2",
        "500",
    )
