"""`/api/orders/`: every intent with its fills, read only."""

from datetime import timedelta
from typing import Any

import pytest

from saas.clock import utc_now
from tests.cast import (
    LONG_AGO,
    FakeVenue,
    Person,
    alice,
    make_bot,
    make_fill,
    make_key,
    make_order,
    make_trade,
    venue,
)
from trades.domain import OrderStatus

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


@pytest.mark.parametrize("path", ["/api/orders/", "/api/trades/", "/api/trades/export.csv"])
def test_of_ones_own_bot_without_any_there_is_an_empty_list(
    alice: Person, venue: FakeVenue, path: str
) -> None:
    assert alice.client.get(f"{path}?bot={make_bot(alice).pk}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/api/orders/?bot={}", "/api/orders/?trade={}", "/api/trades/export.csv?bot={}"]
)
@pytest.mark.parametrize("missing", ["999999", "9" * 18, "9" * 19, "9" * 30])
def test_what_a_list_is_narrowed_by_must_be_there(
    alice: Person, venue: FakeVenue, path: str, missing: str
) -> None:
    make_trade(make_bot(alice))
    assert alice.client.get(path.format(missing)).status_code == 404


@pytest.mark.parametrize("query", ["?status=DONE", "?side=both", "?trade=x", "?ordering=refusal_code"])
def test_a_filter_that_cannot_be_is_refused(alice: Person, venue: FakeVenue, query: str) -> None:
    assert alice.client.get(f"{URL}{query}").status_code == 400


def test_an_order_in_doubt_says_since_when_and_what_happens_next(alice: Person, venue: FakeVenue) -> None:
    make_order(make_bot(alice), status="UNKNOWN", in_doubt_since=LONG_AGO, next_look_at=LONG_AGO)
    [item] = results(alice)
    assert item["status_text"] == "We do not know yet whether the exchange took this order."
    assert item["next_step"] == (
        "We ask it every few seconds; until it answers, this bot neither buys nor sells BTC/USDT. "
        "Your money is not at double risk: an order is never sent twice."
    )
    assert (item["in_doubt_since"], item["next_look_at"]) == ("2026-11-10T12:00:00Z",) * 2


@pytest.mark.parametrize(
    ("code", "status_text", "next_step"),
    [
        ("no_answer", "does not answer now", "We ask again and again"),
        ("rate_limited", "takes no questions for a while", "We ask as soon as it allows us to"),
        (
            "key_refused",
            "no longer accepts its key",
            "Please look at the exchange whether the key was deleted",
        ),
        ("key_unreadable", "can no longer be decrypted", "Please tell the operator"),
        ("", "cannot be asked now", "We ask again and again"),
    ],
)
def test_a_held_order_says_why_and_what_its_owner_should_do(
    alice: Person, venue: FakeVenue, code: str, status_text: str, next_step: str
) -> None:
    make_order(make_bot(alice), status="HELD", refusal_code=code, in_doubt_since=LONG_AGO)
    [item] = results(alice)
    assert status_text in item["status_text"]
    assert next_step in item["next_step"]
    assert "BTC/USDT" in item["next_step"]


def test_an_order_that_is_just_being_sent_is_in_no_doubt_yet(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_order(bot, status="SENDING", in_doubt_since=utc_now() - timedelta(seconds=2))
    make_order(bot, status="SENDING", in_doubt_since=LONG_AGO, symbol="ETH/USDT")
    stuck, fresh = results(alice)
    assert stuck["status_text"] == "We do not know yet whether the exchange took this order."
    assert (fresh["status_text"], fresh["in_doubt_since"]) == (
        "The order is on its way to the exchange.",
        None,
    )
    assert [item["id"] for item in results(alice, "?attention=true")] == [stuck["id"]]


def test_what_was_never_placed_is_looked_for_again_and_then_left_alone(
    alice: Person, venue: FakeVenue
) -> None:
    bot = make_bot(alice)
    make_order(
        bot, status="NEVER_PLACED", resolved_at=LONG_AGO, next_look_at=LONG_AGO, in_doubt_since=LONG_AGO
    )
    make_order(bot, status="NEVER_PLACED", resolved_at=LONG_AGO, in_doubt_since=LONG_AGO)
    over, looked_for = results(alice)
    assert (over["next_step"], over["next_look_at"], over["in_doubt_since"]) == ("", None, None)
    assert looked_for["next_step"].startswith("To be safe we look for it again")
    assert looked_for["next_look_at"] == "2026-11-10T12:00:00Z"


def test_an_adopted_order_says_where_it_comes_from(alice: Person, venue: FakeVenue) -> None:
    halted = make_bot(alice, exchange_key=make_key(alice.user, halted_at=LONG_AGO))
    for bot in (make_bot(alice), halted):
        make_order(bot, reason="adopted")
    waiting, looked_into = results(alice)
    assert "without a record of our own" in waiting["status_text"]
    assert (waiting["next_step"] != "", looked_into["next_step"]) == (True, "")
    assert [item["id"] for item in results(alice, "?attention=true")] == [waiting["id"]]


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_status_has_its_words_in_both_languages(
    alice: Person, venue: FakeVenue, status: OrderStatus
) -> None:
    make_order(make_bot(alice), status=status.value, in_doubt_since=LONG_AGO)
    texts = set()
    for language in ("en", "pt-br"):
        alice.client.patch("/api/users/me/", {"language": language}, format="json")
        texts.add(results(alice)[0]["status_text"])
    assert len(texts) == 2
    assert status.value not in texts


def test_orders_that_need_no_attention_are_told_apart(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    for symbol, status in {
        "A/USDT": "FILLED",
        "B/USDT": "UNKNOWN",
        "C/USDT": "HELD",
        "D/USDT": "OPEN",
    }.items():
        make_order(bot, status=status, symbol=symbol)
    assert {item["status"] for item in results(alice, "?attention=true")} == {"UNKNOWN", "HELD"}
    assert {item["status"] for item in results(alice, "?attention=false")} == {"FILLED", "OPEN"}


@pytest.mark.parametrize("trades", [1, 5])
def test_a_page_of_orders_takes_three_queries(
    alice: Person, venue: FakeVenue, django_assert_num_queries: Any, trades: int
) -> None:
    bot = make_bot(alice)
    made = [make_trade(bot, sells=[("110000", "0.001")]) for _ in range(trades)]
    named = f"?bot={bot.pk}&trade={made[0].pk}"
    narrowings = ("", "?status=FILLED&symbol=BTC-USDT&side=buy", "?ordering=-updated_at", "?attention=false")
    for query in (*narrowings, named):
        with django_assert_num_queries(3):  # who asks, the page with the count of all, its fills
            assert results(alice, query)


def test_an_order_by_itself_is_what_the_list_shows(
    alice: Person, venue: FakeVenue, django_assert_num_queries: Any
) -> None:
    trade = make_trade(make_bot(alice), buys=[("100000", "0.001"), ("102000", "0.001")])
    [item], order = results(alice), trade.orders.get()
    with django_assert_num_queries(3):  # who asks, the order, its fills
        assert alice.client.get(f"{URL}{order.pk}/").json() == item
    assert [fill["price"] for fill in item["fills"]] == ["100000", "102000"]


def test_orders_are_read_only(alice: Person, venue: FakeVenue) -> None:
    order = make_order(make_bot(alice))
    for method in ("post", "put", "patch", "delete"):
        assert getattr(alice.client, method)(f"{URL}{order.pk}/", {}, format="json").status_code == 405
