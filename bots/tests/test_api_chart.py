"""`/api/bots/{id}/chart/` and `/api/bots/preview/`: what the charts of a bot and of its form draw."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from bots.models import BotConfiguration
from exchanges.domain import Candle
from tests.cast import FakeVenue, Person, alice, bob, bot_body, make_bot, make_trade, venue
from tests.test_schema import check

__all__ = ["alice", "bob", "venue"]

MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PREVIEW = "/api/bots/preview/"


def candle(minutes_ago: int, text: str) -> Candle:
    """`text` is open, high, low and close."""
    first, high, low, last = (Decimal(amount) for amount in text.split())
    return Candle(NOW - minutes_ago * MINUTE, first, high, low, last, Decimal("1.5"))


@pytest.fixture
def dips(venue: FakeVenue) -> FakeVenue:
    """Two days at 100,000, with two dips of 2 % that come back."""
    venue.candles = [candle(minutes, "100000 100000 100000 100000") for minutes in range(2_880, -1, -1)]
    for minutes in (600, 300):
        venue.candles[-1 - minutes] = candle(minutes, "100000 100000 98000 98500")
        venue.candles[-minutes] = candle(minutes - 1, "98500 101500 98500 100000")
    return venue


def chart(person: Person, bot: BotConfiguration, **query: Any) -> Any:
    return person.client.get(f"/api/bots/{bot.pk}/chart/", query)


def preview(person: Person, symbol: str | None = None, **changes: Any) -> Any:
    body = bot_body(person, **changes)
    del body["name"]
    return person.client.post(PREVIEW, body | ({"symbol": symbol} if symbol else {}), format="json")


def test_one_answer_has_all_that_a_chart_draws(alice: Person, dips: FakeVenue) -> None:
    bot = make_bot(alice, take_profit_percent=Decimal(3))
    make_trade(bot, sells=[("101000", "0.001")], opened_at=NOW - 90 * MINUTE)
    make_trade(bot, opened_at=NOW - 10 * MINUTE)
    dips.publish()
    said = chart(alice, bot).json()
    assert (said["symbol"], said["timeframe"], said["window"]) == ("BTC/USDT", "1m", 20)
    assert "5m" in said["timeframes"]
    assert len(said["candles"]) == 300
    assert said["candles"][-1] == {
        "open_time": "2026-11-20T12:00:00Z",
        "open": "100000",
        "high": "100000",
        "low": "100000",
        "close": "100000",
        "volume": "1.5",
        "average": "100000",
        "threshold": "99000",
    }
    assert [(mark["leg"], mark["price"], mark["reason"]) for mark in said["marks"]] == [
        ("entry", "100000", "below_average"),
        ("exit", "101000", "take_profit"),
        ("entry", "100000", "below_average"),
    ]
    assert said["marks"][0]["at"] == "2026-11-20T10:30:00Z"
    assert said["open_trade"]["entry_price"] == "100000"
    assert said["last_price"] == "100000"


def test_the_levels_are_those_at_which_the_engine_sells(alice: Person, dips: FakeVenue) -> None:
    bot = make_bot(
        alice,
        take_profit_percent=Decimal(3),
        stop_loss_percent=Decimal(5),
        trailing_stop_percent=Decimal(2),
        parameters={"timeframe": "1m", "window": 20, "threshold_percent": "1", "exit_at_average": True},
    )
    trade = make_trade(bot, opened_at=NOW - 10 * MINUTE)
    trade.peak_price = Decimal(101_000)
    trade.save()
    levels = {each["kind"]: each for each in chart(alice, bot).json()["levels"]}
    assert {kind: each["price"] for kind, each in levels.items()} == {
        "entry": "100000",
        "take_profit": "103000",
        "stop_loss": "95000",
        "trailing_stop": "98980",
        "back_to_average": "100000",
    }
    assert levels["stop_loss"]["distance_percent"] == "-5"
    assert levels["take_profit"]["distance_percent"] == "3"


def test_without_a_trade_the_level_is_where_it_buys(alice: Person, dips: FakeVenue) -> None:
    said = chart(alice, make_bot(alice)).json()
    assert said["open_trade"] is None
    assert said["levels"] == [{"kind": "buy", "price": "99000", "distance_percent": "-1"}]


def test_the_average_is_over_the_closed_candles_before_each(alice: Person, dips: FakeVenue) -> None:
    bot = make_bot(alice, parameters={"timeframe": "1m", "window": 2, "threshold_percent": "1"})
    candles = chart(alice, bot, limit=1000).json()["candles"]
    dip = next(index for index, each in enumerate(candles) if each["close"] == "98500")
    averages = [each["average"] for each in candles[dip : dip + 4]]
    assert averages == ["100000", "99250", "99250", "100000"]


def test_another_timeframe_keeps_the_strategys_own_average(alice: Person, dips: FakeVenue) -> None:
    said = chart(alice, make_bot(alice), timeframe="1h", limit=10).json()
    assert (said["timeframe"], said["strategy_timeframe"]) == ("1h", "1m")
    assert said["candles"][-1]["average"] == "100000"


def test_a_young_market_has_no_average_yet(alice: Person, venue: FakeVenue) -> None:
    venue.candles = [candle(minutes, "100 100 100 100") for minutes in (2, 1, 0)]
    candles = chart(alice, make_bot(alice)).json()["candles"]
    assert [each["average"] for each in candles] == [None, None, None]


def test_a_symbol_may_be_spelled_in_any_way(alice: Person, dips: FakeVenue) -> None:
    bot = make_bot(alice, symbols=["BTC/USDT", "ETH/USDT"])
    assert chart(alice, bot, symbol="ethusdt").json()["symbol"] == "ETH/USDT"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"symbol": "DOGE/USDT"}, "symbol"),
        ({"timeframe": "2m"}, "timeframe"),
        ({"limit": 0}, "limit"),
        ({"limit": 1_001}, "limit"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(
    alice: Person, dips: FakeVenue, query: dict[str, Any], field: str
) -> None:
    answer = chart(alice, make_bot(alice), **query)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_an_exchange_that_cannot_be_asked_is_said(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    venue.reachable = False
    answer = chart(alice, bot)
    assert (answer.status_code, answer.json()["code"]) == (503, "exchange_unavailable")


def test_a_chart_is_asked_for_once_and_read_with_few_queries(
    alice: Person, bob: Person, dips: FakeVenue, django_assert_max_num_queries: Any
) -> None:
    hers, his = make_bot(alice), make_bot(bob)
    make_trade(hers, opened_at=NOW - 10 * MINUTE)
    chart(alice, hers)
    asked = dips.asked
    with django_assert_max_num_queries(6) as queries:
        assert chart(alice, hers).status_code == 200
    assert isinstance(queries, CaptureQueriesContext)
    assert chart(bob, his, limit=50).status_code == 200
    assert dips.asked == asked


def test_a_chart_has_nothing_of_a_strangers_bot(alice: Person, bob: Person, dips: FakeVenue) -> None:
    hers, his = make_bot(alice), make_bot(bob)
    make_trade(hers, opened_at=NOW - 10 * MINUTE)
    said = chart(bob, his).json()
    assert (said["marks"], said["open_trade"]) == ([], None)
    assert chart(bob, hers).status_code == 404


def test_the_levels_of_all_symbols_come_without_asking_the_exchange(alice: Person, venue: FakeVenue) -> None:
    """The closes that the market-data process published; ETH has none yet."""
    bot = make_bot(alice, symbols=["ETH/USDT", "BTC/USDT", "SHIB/USDT"], take_profit_percent=Decimal(3))
    make_trade(bot)
    del venue.prices["SHIB/USDT"]
    venue.publish()
    asked = venue.asked
    said = alice.client.get(f"/api/bots/{bot.pk}/levels/").json()
    held, flat, unknown = said["symbols"]
    assert (held["symbol"], held["price"], held["open_trade"]["entry_price"]) == (
        "BTC/USDT",
        "100000",
        "100000",
    )
    assert [level["kind"] for level in held["levels"]] == ["entry", "take_profit", "stop_loss"]
    assert (flat["symbol"], flat["average"], flat["levels"], flat["open_trade"]) == (
        "ETH/USDT",
        None,
        [],
        None,
    )
    assert (unknown["symbol"], unknown["price"]) == ("SHIB/USDT", None)
    assert venue.asked == asked


def test_a_preview_says_where_the_rule_would_have_bought(alice: Person, dips: FakeVenue) -> None:
    said = preview(alice, symbol="btcusdt").json()
    assert (said["symbol"], said["step"], said["period_seconds"]) == ("BTC/USDT", "1m", 86_400)
    assert len(said["candles"]) == 1_440
    assert (said["purchases"], said["sales"]) == (2, 2)
    first = said["trades"][0]
    assert (first["opened_at"], first["entry_price"]) == ("2026-11-20T02:00:00Z", "99000")
    assert (first["closed_at"], first["exit_price"]) == ("2026-11-20T02:01:00Z", "100980")
    assert (first["entry_reason"], first["exit_reason"]) == ("below_average", "take_profit")
    assert Decimal("1.77") < Decimal(first["percent"]) < Decimal("1.80")
    assert Decimal("3.4") < Decimal(said["total_percent"]) < Decimal("3.6")
    assert said["fee_percent"] == "0.1"
    assert said["capital_suffices"] is True


def test_a_preview_stores_nothing_and_asks_for_little(alice: Person, dips: FakeVenue) -> None:
    assert preview(alice).status_code == 200
    asked = dips.asked
    assert preview(alice, parameters={"window": 100, "threshold_percent": "2"}).json()["purchases"] == 2
    assert dips.asked == asked <= 4
    assert not BotConfiguration.objects.exists()


def test_too_little_capital_is_no_refusal_but_is_told(alice: Person, dips: FakeVenue) -> None:
    said = preview(alice, capital="1", symbols=["BTC/USDT", "ETH/USDT"]).json()
    assert said["capital_suffices"] is False
    minimums = {each["symbol"]: Decimal(each["capital"]) for each in said["minimum_capitals"]}
    assert minimums.keys() == {"BTC/USDT", "ETH/USDT"}
    assert Decimal(said["minimum_capital"]) == max(minimums.values())
    answer = alice.client.post("/api/bots/", bot_body(alice, capital=said["minimum_capital"]), format="json")
    assert answer.status_code == 201


def test_candles_of_a_second_are_walked_through_for_an_hour(alice: Person, venue: FakeVenue) -> None:
    price = Decimal(100)
    venue.candles = [
        Candle(NOW - timedelta(seconds=seconds), price, price, price, price, price)
        for seconds in range(4_200, -1, -1)
    ]
    said = preview(alice, parameters={"timeframe": "1s", "window": 20}).json()
    assert (said["step"], said["period_seconds"]) == ("1s", 3_600)


def test_a_young_market_is_walked_through_as_far_as_it_goes(alice: Person, venue: FakeVenue) -> None:
    venue.candles = [candle(minutes, "100000 100000 100000 100000") for minutes in range(89, -1, -1)]
    assert preview(alice).json()["period_seconds"] == 90 * 60


def test_a_bot_that_looks_once_a_day_has_seen_one_price(alice: Person, dips: FakeVenue) -> None:
    assert preview(alice, interval_seconds=86_400).json()["purchases"] == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"symbols": []}, "symbols"),
        ({"symbols": ["NOPE/USDT"]}, "symbols"),
        ({"symbol": "ETH/USDT"}, "symbol"),
        ({"parameters": {"window": 1}}, "parameters.window"),
        ({"capital": "0"}, "capital"),
        ({"capital": "ten"}, "capital"),
        ({"take_profit_percent": "0"}, "take_profit_percent"),
    ],
)
def test_a_preview_of_what_could_not_be_saved_is_refused_by_field(
    alice: Person, dips: FakeVenue, changes: dict[str, Any], field: str
) -> None:
    answer = preview(alice, **changes)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_a_preview_with_a_strangers_key_is_not_there(alice: Person, bob: Person, dips: FakeVenue) -> None:
    assert preview(bob, exchange_key=alice.key.pk).status_code == 404
    assert preview(bob).status_code == 200


def test_a_preview_without_the_exchange_is_refused(alice: Person, dips: FakeVenue) -> None:
    dips.reachable = False
    answer = preview(alice)
    assert (answer.status_code, answer.json()["code"]) == (503, "exchange_unavailable")


def test_both_answer_what_the_schema_declares(alice: Person, dips: FakeVenue) -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    bot = make_bot(alice)
    make_trade(bot, sells=[("101000", "0.001")], opened_at=NOW - 90 * MINUTE)
    make_trade(bot, opened_at=NOW - 10 * MINUTE)
    answers = {
        ("/api/bots/{id}/chart/", "get"): chart(alice, bot).json(),
        ("/api/bots/{id}/levels/", "get"): alice.client.get(f"/api/bots/{bot.pk}/levels/").json(),
        ("/api/bots/preview/", "post"): preview(alice).json(),
    }
    for (path, method), said in answers.items():
        responses = schema["paths"][path][method]["responses"]
        declared = responses["200"]["content"]["application/json"]["schema"]
        check(said, declared, schema["components"]["schemas"], path)
