"""`/api/trades/`: lists, filters, order and details."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.cast import LONG_AGO, FakeVenue, Person, alice, make_bot, make_trade, venue

__all__ = ["alice", "venue"]

URL = "/api/trades/"


def results(person: Person, query: str = "") -> list[dict[str, Any]]:
    answer = person.client.get(f"{URL}{query}")
    assert answer.status_code == 200, answer.json()
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def test_a_closed_trade_shows_what_it_cost_and_brought(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    trade = make_trade(bot, sells=[("110000", "0.001")])
    [item] = results(alice)
    assert item == {
        "id": trade.pk,
        "bot": bot.pk,
        "bot_name": "dip buyer",
        "symbol": "BTC/USDT",
        "base": "BTC",
        "quote": "USDT",
        "status": "CLOSED",
        "opened_at": "2026-11-10T12:00:00Z",
        "closed_at": "2026-11-10T13:00:00Z",
        "entry_price": "100000",
        "exit_price": "110000",
        "quantity": "0.001",
        "held_quantity": "0",
        "cost": "100",
        "proceeds": "110",
        "realised_pnl": "10",
        "realised_pnl_percent": "10",
        "realised_pnl_display": "50",
        "display_currency": "BRL",
        "display_rate": "5",
        "fees": "0",
        "dust": "0",
        "dust_cost": "0",
        "corrected_quantity": "0",
        "corrected_cost": "0",
        "exit_reason": "take_profit",
        "last_price": None,
        "unrealised_pnl": None,
        "unrealised_pnl_display": None,
        "simulated": True,
    }


def test_an_open_trade_shows_what_it_would_bring(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice), buys=[("100000", "0.002")], sells=[("110000", "0.001")])
    venue.prices["BTC/USDT"] = Decimal(90_000)
    venue.publish()
    [item] = results(alice)
    assert (item["status"], item["held_quantity"], item["closed_at"]) == ("OPEN", "0.001", None)
    assert (item["realised_pnl"], item["unrealised_pnl"], item["unrealised_pnl_display"]) == (
        "10",
        "-10",
        "-50",
    )


def test_without_a_rate_the_display_values_are_unknown(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice), sells=[("110000", "0.001")], rate=None)
    [item] = results(alice)
    assert (item["realised_pnl"], item["realised_pnl_display"], item["display_rate"]) == ("10", None, None)


def test_amounts_keep_every_digit(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice), buys=[("0.00001234", "123456789.123456789")], symbol="SHIB/USDT")
    assert results(alice)[0]["cost"] == "1523.45677778345677626"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?symbol=BTC/USDT", 1),
        ("?symbol=btcusdt", 1),
        ("?symbol=ETH-USDT", 1),
        ("?symbol=SOL/USDT", 0),
        ("?status=OPEN", 1),
        ("?status=CLOSED", 1),
        ("?status=CLOSED&symbol=BTC/USDT", 0),
        ("?opened_after=2026-11-10T12:00:00Z", 2),
        ("?opened_after=2026-11-10T12:00:01Z", 1),
        ("?opened_before=2026-11-10T12:00:01Z", 1),
        ("?opened_before=2026-11-10", 0),
    ],
)
def test_filters_narrow_the_list(alice: Person, venue: FakeVenue, query: str, found: int) -> None:
    bot = make_bot(alice)
    make_trade(bot)
    make_trade(bot, symbol="ETH/USDT", sells=[("1", "0.001")], opened_at=LONG_AGO + timedelta(days=1))
    assert len(results(alice, query)) == found


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?status=open", "status"),
        ("?opened_after=soon", "opened_after"),
        ("?bot=x", "bot"),
        ("?ordering=cost", "ordering"),
        ("?page_size=0", "page_size"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_by_name(
    alice: Person, venue: FakeVenue, query: str, field: str
) -> None:
    answer = alice.client.get(f"{URL}{query}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_a_bots_trades_stay_to_be_found_after_it_is_deleted(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice, deleted_at=LONG_AGO)
    make_trade(bot, sells=[("110000", "0.001")])
    assert len(results(alice, f"?bot={bot.pk}")) == 1


def test_results_are_ordered_by_value_and_not_as_text(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    for price in ("109000", "99000", "111000", "30000"):
        make_trade(bot, sells=[(price, "0.001")])
    assert [row["realised_pnl"] for row in results(alice, "?ordering=realised_pnl")] == [
        "-70",
        "-1",
        "9",
        "11",
    ]
    assert [row["realised_pnl"] for row in results(alice, "?ordering=-realised_pnl")] == [
        "11",
        "9",
        "-1",
        "-70",
    ]


@pytest.mark.parametrize("term", ["closed_at", "-closed_at"])
def test_what_is_not_closed_comes_last(alice: Person, venue: FakeVenue, term: str) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=[("110000", "0.001")])
    make_trade(bot, opened_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert [row["status"] for row in results(alice, f"?ordering={term}")] == ["CLOSED", "OPEN"]


def test_pages_hold_every_trade_once(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    for _ in range(7):
        make_trade(bot, sells=[("110000", "0.001")])
    pages = [results(alice, f"?page_size=3&page={number}") for number in (1, 2, 3)]
    assert len({row["id"] for page in pages for row in page}) == 7
    assert alice.client.get(f"{URL}?page=4&page_size=3").status_code == 404


def test_a_page_of_trades_takes_three_queries(
    alice: Person, venue: FakeVenue, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        make_trade(make_bot(alice, name=f"bot {number}"))
    with django_assert_num_queries(3):  # who asks, how many, the page
        assert len(results(alice)) == 5


def test_a_trades_details_have_its_orders_and_their_fills(
    alice: Person, venue: FakeVenue, django_assert_num_queries: Any
) -> None:
    trade = make_trade(
        make_bot(alice), buys=[("100000", "0.001"), ("102000", "0.001")], sells=[("110000", "0.002")]
    )
    with django_assert_num_queries(4):
        item = alice.client.get(f"{URL}{trade.pk}/").json()
    entry, leaving = item["orders"]
    assert (entry["side"], entry["leg"], entry["reason"]) == ("buy", "entry", "below_average")
    assert entry["average_price"] == "101000"
    assert [fill["price"] for fill in entry["fills"]] == ["100000", "102000"]
    assert (leaving["side"], leaving["trade"]) == ("sell", trade.pk)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_trades_are_read_only(alice: Person, venue: FakeVenue, method: str) -> None:
    trade = make_trade(make_bot(alice))
    for path in (URL, f"{URL}{trade.pk}/"):
        assert getattr(alice.client, method)(path, {}, format="json").status_code == 405
