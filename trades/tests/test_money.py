"""Real money and play money: whoever has both is told of one of them at a time."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bots.models import BotConfiguration
from bots.services import update_bot
from saas.clock import utc_now
from tests.cast import LONG_AGO, FakeVenue, Person, alice, bob, make_bot, make_key, make_trade, venue
from users.models import ExchangeAPIKey

__all__ = ["alice", "bob", "venue"]

PAGES = ("portfolio", "performance")
WON, LOST = [("110000", "0.001")], [("98000", "0.001")]


def read(person: Person, page: str, **query: Any) -> dict[str, Any]:
    answer = person.client.get(f"/api/{page}/", query)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def make_live_key(person: Person, **fields: Any) -> ExchangeAPIKey:
    balances = {"USDT": {"free": "20", "locked": "0"}}
    return make_key(person.user, **{"environment": "live", "label": "live", "balances": balances, **fields})


@pytest.fixture
def both(alice: Person, venue: FakeVenue) -> Person:
    """R$ 50 won of R$ 500 with play money, R$ 10 lost of R$ 100 with real money, and a trade open with each."""
    play = make_bot(alice, name="play")
    real = make_bot(alice, name="real", exchange_key=make_live_key(alice), capital=Decimal(100))
    for bot, sells in ((play, WON), (real, LOST)):
        make_trade(bot, sells=sells)
        make_trade(bot, symbol="ETH/USDT", buys=[("4000", "0.01")])
    return alice


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("money", "bot", "result", "percent", "capital"),
    [("real", "real", "-10", "-10", "100"), ("play", "play", "50", "10", "500")],
)
def test_an_answer_is_of_one_kind_of_money(
    both: Person, page: str, money: str, bot: str, result: str, percent: str, capital: str
) -> None:
    found = read(both, page, money=money)
    assert (found["money"], found["money_kinds"]) == (money, ["real", "play"])
    assert (found["realised_pnl_display"], found["realised_pnl_percent"]) == (result, percent)
    assert (found["capital_display"], found["statistics"]["trades"]) == (capital, 1)
    if page == "portfolio":
        assert [trade["bot_name"] for trade in found["open_trades"]] == [bot]
        assert {row["environment"] for row in found["balances"]} == {"live" if money == "real" else "paper"}
        assert found["value_display"] == ("100" if money == "real" else "5060")
        assert [point["realised_pnl_display"] for point in found["equity_curve"]] == [result]
    else:
        assert [each["name"] for each in (*found["bots"], *found["by_bot"])] == [bot, bot]
        assert (found["open_trades"], found["path"][-1]["realised_pnl_display"]) == (1, result)


@pytest.mark.parametrize("page", PAGES)
def test_real_money_is_meant_where_nothing_is_said(both: Person, page: str) -> None:
    assert (read(both, page)["money"], read(both, page)["realised_pnl_display"]) == ("real", "-10")


@pytest.mark.parametrize("page", PAGES)
def test_play_money_is_meant_where_there_is_no_other(alice: Person, venue: FakeVenue, page: str) -> None:
    make_key(alice.user, environment="testnet")
    make_trade(make_bot(alice), sells=WON)
    found = read(alice, page)
    assert (found["money"], found["money_kinds"], found["realised_pnl_display"]) == ("play", ["play"], "50")
    found = read(alice, page, money="real")
    assert (found["money"], found["realised_pnl_display"], found["capital_display"]) == ("real", "0", "0")


@pytest.mark.parametrize("page", PAGES)
def test_somebody_without_a_key_has_no_money_of_any_kind(alice: Person, venue: FakeVenue, page: str) -> None:
    alice.key.delete()
    found = read(alice, page)
    assert (found["money"], found["money_kinds"]) == ("play", [])


@pytest.mark.parametrize("page", PAGES)
def test_a_deleted_key_counts_while_there_is_a_trade_with_it(
    alice: Person, venue: FakeVenue, page: str
) -> None:
    live = make_live_key(alice, deleted_at=utc_now())
    assert read(alice, page)["money_kinds"] == ["play"]
    make_trade(make_bot(alice, exchange_key=live), sells=LOST)
    found = read(alice, page)
    assert (found["money"], found["money_kinds"], found["realised_pnl_display"]) == (
        "real",
        ["real", "play"],
        "-10",
    )


@pytest.mark.parametrize("page", PAGES)
def test_the_money_of_others_is_not_mine(both: Person, bob: Person, page: str) -> None:
    found = read(bob, page)
    assert (found["money"], found["money_kinds"], found["realised_pnl_display"]) == ("play", ["play"], "0")


@pytest.mark.parametrize("page", [*PAGES, "trades", "trades/export.csv"])
@pytest.mark.parametrize("money", ["paper", "REAL", "real,play"])
def test_another_kind_of_money_is_refused(alice: Person, venue: FakeVenue, page: str, money: str) -> None:
    answer = alice.client.get(f"/api/{page}{'' if page.endswith('csv') else '/'}", {"money": money})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["money"])


@pytest.mark.parametrize("page", PAGES)
def test_what_is_kept_of_one_money_is_not_shown_of_the_other(
    both: Person, page: str, django_assert_num_queries: Any
) -> None:
    shown = {money: read(both, page, money=money) for money in ("real", "play")}
    for money, first in shown.items():
        with django_assert_num_queries(4 if page == "portfolio" else 3):  # as for somebody with one of them
            again = read(both, page, money=money)
        assert {**again, "as_of": ""} == {**first, "as_of": ""}


def test_a_bot_that_went_over_to_real_money_has_a_capital_of_each_in_its_time(
    alice: Person, venue: FakeVenue
) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=WON)
    update_bot(bot, {"exchange_key": make_live_key(alice), "capital": Decimal(100)}, utc_now())
    bot.refresh_from_db()
    make_trade(bot, sells=LOST, opened_at=utc_now() - timedelta(hours=1))
    for page in PAGES:
        play, real = (read(alice, page, money=money) for money in ("play", "real"))
        assert (play["realised_pnl_percent"], play["capital_display"]) == ("10", "0")
        assert (real["realised_pnl_percent"], real["capital_display"]) == ("-10", "100")
    assert play["by_bot"][0]["realised_pnl_percent"] == "10"


def test_a_bot_of_the_other_money_has_no_results_of_this_one(both: Person) -> None:
    [play] = read(both, "performance", money="play")["bots"]
    found = read(both, "performance", money="real", bot=play["bot"])
    assert (found["realised_pnl_display"], found["path"], found["open_trades"]) == ("0", [], 0)


@pytest.mark.parametrize(
    ("query", "bots"),
    [
        ({}, ["real", "real", "play", "play"]),
        ({"money": "real"}, ["real"] * 2),
        ({"money": "play"}, ["play"] * 2),
    ],
)
def test_trades_can_be_narrowed_to_one_money(both: Person, query: dict[str, str], bots: list[str]) -> None:
    page = read(both, "trades", **query)
    assert (page["count"], [trade["bot_name"] for trade in page["results"]]) == (len(bots), bots)
    assert [trade["environment"] == "live" for trade in page["results"]] == [name == "real" for name in bots]
    answer = both.client.get("/api/trades/export.csv", query)
    [head, *rows] = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert (head.split(",")[-1], len(rows)) == ("environment", len(bots))
    assert {row.split(",")[-1] for row in rows} == {"live" if name == "real" else "paper" for name in bots}


def test_a_day_is_of_one_money_too(both: Person) -> None:
    days = {money: read(both, "portfolio", money=money)["daily"] for money in ("real", "play")}
    day = LONG_AGO.date().isoformat()
    assert days == {
        "real": [{"date": day, "realised_pnl_display": "-10", "trades": 1}],
        "play": [{"date": day, "realised_pnl_display": "50", "trades": 1}],
    }


@pytest.mark.parametrize(("name", "result"), [("real", "-10"), ("play", "50")])
def test_of_one_bot_its_own_money_is_meant(both: Person, name: str, result: str) -> None:
    bot = BotConfiguration.objects.get(name=name)
    found = read(both, "performance", bot=bot.pk)
    assert (found["money"], found["realised_pnl_display"], found["statistics"]["trades"]) == (name, result, 1)


def test_the_result_of_a_bot_is_of_the_money_it_trades_with(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=WON)
    assert read(alice, f"bots/{bot.pk}")["realised_pnl_display"] == "50"
    update_bot(bot, {"exchange_key": make_live_key(alice)}, utc_now())
    assert read(alice, f"bots/{bot.pk}")["realised_pnl_display"] == "0"
    bot.refresh_from_db()
    make_trade(bot, sells=LOST)
    assert read(alice, f"bots/{bot.pk}")["realised_pnl_display"] == "-10"
