"""`/api/trades/`: lists, filters, order and details."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from rest_framework import serializers

from saas.clock import utc_now
from tests.cast import LONG_AGO, FakeVenue, Person, alice, bob, make_bot, make_trade, venue
from trades import selectors
from trades.market_now import MarketNow
from trades.serializers import OrderSerializer, TradeSerializer

__all__ = ["alice", "bob", "venue"]

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
        "environment": "paper",
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
        "unrealised_currency": "BRL",
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


def test_what_is_open_is_shown_in_the_currency_of_now(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice))
    venue.prices["BTC/USDT"] = Decimal(90_000)
    venue.publish()
    before = results(alice)[0]
    alice.client.patch("/api/users/me/", {"display_currency": "USDT"}, format="json")
    after = results(alice)[0]
    assert (before["display_currency"], after["display_currency"]) == ("BRL", "BRL")
    assert (before["unrealised_currency"], after["unrealised_currency"]) == ("BRL", "USDT")
    assert after["unrealised_pnl_display"] == after["unrealised_pnl"] != before["unrealised_pnl_display"]


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


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("realised_pnl_display", ["-90", "30", "50", None]),
        ("-realised_pnl_display", ["50", "30", "-90", None]),
    ],
)
def test_results_in_different_quotes_are_ordered_by_what_they_are_worth(
    alice: Person, venue: FakeVenue, term: str, found: list[str | None]
) -> None:
    bot = make_bot(alice)
    for price, rate in (("110000", "5"), ("130000", "1"), ("10000", "1"), ("120000", None)):
        make_trade(bot, sells=[(price, "0.001")], rate=rate)
    assert [row["realised_pnl_display"] for row in results(alice, f"?ordering={term}")] == found


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


@pytest.mark.parametrize(
    ("query", "queries"),
    [
        ("", 2),  # who asks, and the page with the count of all
        ("?status=OPEN&symbol=BTCUSDT&opened_after=2020-01-01T00:00:00Z", 2),
        ("?ordering=-realised_pnl", 2),
        ("?ordering=closed_at", 2),
        ("?page_size=1", 2),
        ("?bot={bot}", 2),  # whose the bot is, the trades say
    ],
)
@pytest.mark.parametrize("trades", [1, 5])
def test_a_page_of_trades_takes_few_queries_however_many_rows(
    alice: Person,
    venue: FakeVenue,
    django_assert_num_queries: Any,
    trades: int,
    query: str,
    queries: int,
) -> None:
    bots = [make_bot(alice, name=f"bot {number}") for number in range(trades)]
    for bot in bots:
        make_trade(bot)
    with django_assert_num_queries(queries):
        assert results(alice, query.format(bot=bots[0].pk))


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("ordering", ["opened_at", "-opened_at", "closed_at", "-closed_at", "-realised_pnl"])
def test_pages_count_every_row_and_show_each_once(
    alice: Person, bob: Person, venue: FakeVenue, ordering: str, page_size: int
) -> None:
    bot = make_bot(alice)
    for hours in range(6):
        make_trade(bot, sells=[("110000", "0.001")], opened_at=LONG_AGO + timedelta(hours=hours % 3))
    make_trade(bot)
    make_trade(make_bot(bob))
    seen, url = [], f"{URL}?ordering={ordering}&page_size={page_size}"
    while url:
        page = alice.client.get(url).json()
        assert page["count"] == 7
        seen += page["results"]
        url = page["next"]
    assert len({row["id"] for row in seen}) == len(seen) == 7
    value = ordering.removeprefix("-")
    known = [row[value] for row in seen if row[value] is not None]
    numbers = [Decimal(item) for item in known] if value == "realised_pnl" else known
    assert numbers == sorted(numbers, reverse=ordering.startswith("-"))
    assert seen[-1]["closed_at"] is None or value != "closed_at"


def test_an_empty_list_is_one_page_of_nothing(alice: Person, venue: FakeVenue) -> None:
    assert alice.client.get(URL).json() == {"count": 0, "next": None, "previous": None, "results": []}


@pytest.mark.parametrize("page", ["2", "0", "-1", "x", "9" * 30, "1.5"])
def test_a_page_that_is_not_there_is_a_404(alice: Person, venue: FakeVenue, page: str) -> None:
    make_trade(make_bot(alice))
    assert alice.client.get(f"{URL}?page={page}").status_code == 404


def test_the_last_page_can_be_asked_for_by_name(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    oldest = make_trade(bot, symbol="ETH/USDT", opened_at=LONG_AGO - timedelta(days=1))
    make_trade(bot)
    page = alice.client.get(f"{URL}?page=last&page_size=1").json()
    assert ([row["id"] for row in page["results"]], page["count"]) == ([oldest.pk], 2)


def test_a_row_of_the_list_is_what_its_fields_would_show(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, buys=[("100000", "0.002")], sells=[("110000", "0.001")])
    make_trade(bot, symbol="ETH/USDT", sells=[("110000.123", "0.001")])
    make_trade(bot, symbol="SHIB/USDT", rate=None)
    context = {"market": MarketNow(utc_now()), "currency": "BRL", "now": utc_now()}
    trades: Any = selectors.all_trades()
    orders: Any = [selectors.order_row(order) for order in selectors.all_orders()]
    for rows, serializer in ((trades, TradeSerializer), (orders, OrderSerializer)):
        for row in rows:
            shown = serializer(row, context=context)
            assert shown.data == serializers.Serializer.to_representation(shown, row)


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


def test_a_row_without_a_model_is_shown_like_the_model(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, buys=[("100000", "0.002")], sells=[("110000", "0.001")])
    make_trade(bot, symbol="ETH/USDT", sells=[("110000.123", "0.001")])
    context = {"market": MarketNow(utc_now()), "currency": "BRL"}
    models = selectors.all_trades().order_by("pk")
    rows: Any = selectors.trade_rows(models.values_list(*selectors.TRADE_COLUMNS))
    shown = TradeSerializer(models, many=True, context=context).data
    assert TradeSerializer(rows, many=True, context=context).data == shown
    assert [row["last_price"] for row in shown] == ["100000", None]
