"""`/api/orders/`: every intent with its fills, read only."""

from typing import Any

import pytest

from tests.cast import LONG_AGO, FakeVenue, Person, alice, make_bot, make_fill, make_order, make_trade, venue

__all__ = ["alice", "venue"]

URL = "/api/orders/"


def results(person: Person, query: str = "") -> list[dict[str, Any]]:
    answer = person.client.get(f"{URL}{query}")
    assert answer.status_code == 200
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def test_an_order_shows_what_was_wanted_and_what_was_filled(alice: Person, venue: FakeVenue) -> None:
    order = make_order(make_bot(alice), client_order_id="cdm-1", exchange_order_id="77")
    make_fill(order, "100000", "0.001", LONG_AGO, exchange_fill_id="9", fee="0.000001", fee_asset="BTC")
    [item] = results(alice)
    expected = {
        "client_order_id": "cdm-1",
        "exchange_order_id": "77",
        "symbol": "BTC/USDT",
        "side": "buy",
        "type": "market",
        "status": "FILLED",
        "leg": "entry",
        "reason": "below_average",
        "quantity": "0.001",
        "average_price": "100000",
        "created_at": "2026-11-10T12:00:00Z",
    }
    assert {name: item[name] for name in expected} == expected
    assert item["fills"] == [
        {
            "exchange_fill_id": "9",
            "price": "100000",
            "quantity": "0.001",
            "fee": "0.000001",
            "fee_asset": "BTC",
            "liquidity": "taker",
            "executed_at": "2026-11-10T12:00:00Z",
            "display_currency": "BRL",
            "display_rate": "5",
        }
    ]


def test_an_order_without_fills_has_no_average_price(alice: Person, venue: FakeVenue) -> None:
    make_order(make_bot(alice), status="UNKNOWN", exchange_order_id=None)
    [item] = results(alice)
    assert (item["average_price"], item["exchange_order_id"], item["fills"]) == (None, None, [])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?side=buy", 2),
        ("?side=sell", 1),
        ("?status=FILLED", 2),
        ("?status=HELD", 1),
        ("?symbol=ethusdt", 1),
    ],
)
def test_filters_narrow_the_list(alice: Person, venue: FakeVenue, query: str, found: int) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=[("110000", "0.001")])
    make_order(bot, status="HELD", symbol="ETH/USDT")
    assert len(results(alice, query)) == found


def test_the_orders_of_one_trade_are_found(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    trade = make_trade(bot, sells=[("110000", "0.001")])
    make_trade(bot)
    assert {row["trade"] for row in results(alice, f"?trade={trade.pk}")} == {trade.pk}


@pytest.mark.parametrize("query", ["?status=DONE", "?side=both", "?trade=x", "?ordering=refusal_code"])
def test_a_filter_that_cannot_be_is_refused(alice: Person, venue: FakeVenue, query: str) -> None:
    assert alice.client.get(f"{URL}{query}").status_code == 400


def test_a_page_of_orders_takes_four_queries(
    alice: Person, venue: FakeVenue, django_assert_num_queries: Any
) -> None:
    bot = make_bot(alice)
    for _ in range(5):
        make_trade(bot, sells=[("110000", "0.001")])
    with django_assert_num_queries(4):  # who asks, how many, the page, its fills
        assert len(results(alice)) == 10


def test_orders_are_read_only(alice: Person, venue: FakeVenue) -> None:
    order = make_order(make_bot(alice))
    for method in ("post", "put", "patch", "delete"):
        assert getattr(alice.client, method)(f"{URL}{order.pk}/", {}, format="json").status_code == 405
