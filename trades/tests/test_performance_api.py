"""`/api/performance/`: what it counts, what it can be narrowed by, and what it refuses."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from saas.clock import utc_now
from tests.cast import LONG_AGO, FakeVenue, Person, alice, bob, make_bot, make_trade, venue
from trades.models import Trade

__all__ = ["alice", "bob", "venue"]

DAY = timedelta(days=1)
WON, LOST = [("110000", "0.001")], [("98000", "0.001")]


def ask(person: Person, query: str = "") -> Any:
    return person.client.get(f"/api/performance/{query}")


def read(person: Person, query: str = "") -> dict[str, Any]:
    answer = ask(person, query)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def amounts(parts: list[dict[str, Any]], name: str) -> dict[Any, str]:
    return {part[name]: part["realised_pnl_display"] for part in parts}


def sell_by_hand(trade: Trade) -> None:
    """All of it, as a correction leaves it."""
    Trade.objects.filter(pk=trade.pk).update(
        status="CLOSED",
        closed_at=LONG_AGO + DAY,
        corrected_quantity=trade.quantity,
        corrected_cost=trade.cost,
        held_quantity=0,
    )


def test_without_a_trade_everything_is_zero_or_unknown(alice: Person, venue: FakeVenue) -> None:
    found = read(alice)
    assert (found["first_day"], found["days"], found["capital_display"]) == (None, 0, "0")
    assert found["realised_pnl_display"] == found["total_pnl_display"] == "0"
    lists = (
        "by_day",
        "by_week",
        "by_month",
        "by_symbol",
        "by_bot",
        "path",
        "distribution",
        "bots",
        "symbols",
    )
    assert all(found[name] == [] for name in lists)
    statistics = found["statistics"]
    unknown = (
        "win_rate",
        "sharpe",
        "sortino",
        "calmar",
        "cagr_percent",
        "best_trade",
        "best_day",
        "exposure",
    )
    assert {statistics[name] for name in unknown} == {None}
    assert (statistics["trades"], statistics["longest_losing_streak"]) == (0, 0)
    assert statistics["max_drawdown_percent"] == statistics["current_drawdown_percent"] == "0"


def test_a_bot_that_has_not_traded_earned_nothing_on_its_capital(alice: Person, venue: FakeVenue) -> None:
    make_bot(alice)
    found = read(alice)
    assert (found["capital_display"], found["realised_pnl_percent"]) == ("500", "0")


def test_one_trade_tells_what_one_trade_can(alice: Person, venue: FakeVenue) -> None:
    trade = make_trade(make_bot(alice), sells=WON)
    found = read(alice)
    statistics = found["statistics"]
    assert (found["realised_pnl_display"], found["realised_pnl_percent"]) == ("50", "10")
    assert statistics["best_trade"] == statistics["worst_trade"]
    assert statistics["best_trade"] == {
        "trade": trade.pk,
        "bot": trade.bot_id,
        "symbol": "BTC/USDT",
        "closed_at": "2026-11-10T13:00:00Z",
        "realised_pnl_display": "50",
        "realised_pnl_percent": "10",
    }
    assert statistics["best_day"] == {"date": "2026-11-10", "realised_pnl_display": "50"}
    assert statistics["profit_factor"] is statistics["expectancy_ratio"] is statistics["sharpe"] is None
    assert statistics["average_win_seconds"] == 3600
    assert statistics["average_loss_seconds"] is None


def test_parts_add_up_by_day_week_month_symbol_and_bot(alice: Person, venue: FakeVenue) -> None:
    first, second = make_bot(alice, name="first"), make_bot(alice, name="second", capital=Decimal(1000))
    make_trade(first, sells=WON)
    make_trade(first, sells=LOST, symbol="ETH/USDT", opened_at=LONG_AGO + 6 * DAY)
    make_trade(second, sells=WON, opened_at=LONG_AGO - 20 * DAY)
    found = read(alice)
    assert amounts(found["by_day"], "date") == {"2026-10-21": "50", "2026-11-10": "50", "2026-11-16": "-10"}
    assert amounts(found["by_week"], "date") == {"2026-10-19": "50", "2026-11-09": "50", "2026-11-16": "-10"}
    assert amounts(found["by_month"], "date") == {"2026-10-01": "50", "2026-11-01": "40"}
    assert amounts(found["by_symbol"], "symbol") == {"BTC/USDT": "100", "ETH/USDT": "-10"}
    assert amounts(found["by_bot"], "name") == {"second": "50", "first": "40"}
    # Of its own capital, which is 500 and 1000.
    assert [part["realised_pnl_percent"] for part in found["by_bot"]] == ["5", "8"]
    assert found["statistics"]["best_symbol"] == {"symbol": "BTC/USDT", "realised_pnl_display": "100"}
    assert (found["bots"][0]["name"], found["symbols"]) == ("first", ["BTC/USDT", "ETH/USDT"])


def test_a_part_says_how_many_won_of_how_much(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=WON)
    make_trade(bot, sells=LOST, opened_at=LONG_AGO + timedelta(hours=2))
    [day] = read(alice)["by_day"]
    assert day == {
        "date": "2026-11-10",
        "trades": 2,
        "wins": 1,
        "losses": 1,
        "win_rate": "0.5",
        "realised_pnl_display": "40",
        "realised_pnl_percent": "8",
        "volume_display": "2040",
        "fees_display": "0",
    }


def test_only_losses_have_no_best_side_but_a_drawdown(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    for number in range(3):
        make_trade(bot, sells=LOST, opened_at=LONG_AGO + number * DAY)
    statistics = read(alice)["statistics"]
    assert (statistics["wins"], statistics["win_rate"], statistics["profit_factor"]) == (0, "0", "0")
    assert (statistics["longest_losing_streak"], statistics["longest_winning_streak"]) == (3, 0)
    assert statistics["average_win_display"] is None
    assert (statistics["max_drawdown_display"], statistics["max_drawdown_percent"]) == ("30", "6")
    assert statistics["current_drawdown_percent"] == "6"
    assert statistics["expectancy_ratio"] == "-1"


def test_a_result_without_any_rate_is_counted_and_left_out_of_sums(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=WON)
    # Nothing tells what an XYZ is worth in reais.
    make_trade(bot, sells=WON, symbol="BTC/XYZ", rate=None)
    found = read(alice)
    assert (found["realised_pnl_display"], found["statistics"]["trades"]) == ("50", 2)
    assert (found["statistics"]["unknown_results"], found["statistics"]["win_rate"]) == (1, "1")
    assert {part["symbol"]: part["win_rate"] for part in found["by_symbol"]} == {
        "BTC/USDT": "1",
        "BTC/XYZ": None,
    }


def test_a_trade_sold_by_hand_neither_won_nor_lost(alice: Person, venue: FakeVenue) -> None:
    sell_by_hand(make_trade(make_bot(alice)))
    found = read(alice)
    statistics = found["statistics"]
    assert (statistics["trades"], statistics["wins"], statistics["unknown_results"]) == (1, 0, 1)
    assert (found["realised_pnl_display"], found["distribution"]) == ("0", [])


def test_what_was_sold_of_an_open_trade_counts_and_the_rest_is_valued_now(
    alice: Person, venue: FakeVenue
) -> None:
    make_trade(make_bot(alice), buys=[("100000", "0.002")], sells=[("110000", "0.001")])
    venue.prices["BTC/USDT"] = Decimal(102_000)
    venue.publish()
    found = read(alice)
    assert (found["realised_pnl_display"], found["open_trades"], found["statistics"]["trades"]) == (
        "50",
        1,
        0,
    )
    assert (found["unrealised_pnl_display"], found["unrealised_pnl_percent"]) == ("10", "2")
    assert (found["total_pnl_display"], found["total_pnl_percent"]) == ("60", "12")
    ended = read(alice, "?to=2026-11-12")
    assert (ended["unrealised_pnl_display"], ended["total_pnl_percent"], ended["open_trades"]) == (
        None,
        "10",
        0,
    )


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("from=2026-11-11", "-10"),
        ("to=2026-11-10", "50"),
        ("from=2026-11-10&to=2026-11-11", "40"),
        ("from=2026-11-12", "0"),
        ("symbol=BTC/USDT", "50"),
        ("symbol=ethusdt", "-10"),
        ("symbol=btc-usdt&from=2026-11-11", "0"),
    ],
)
def test_it_can_be_narrowed(alice: Person, venue: FakeVenue, query: str, total: str) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=WON)
    make_trade(bot, sells=LOST, symbol="ETH/USDT", opened_at=LONG_AGO + DAY)
    found = read(alice, f"?{query}")
    assert found["realised_pnl_display"] == total
    assert found["symbols"] == ["BTC/USDT", "ETH/USDT"]


def test_it_can_be_narrowed_to_one_bot_a_deleted_one_too(alice: Person, venue: FakeVenue) -> None:
    first, second = make_bot(alice), make_bot(alice, capital=Decimal(100), deleted_at=utc_now())
    make_trade(first, sells=WON)
    make_trade(second, sells=LOST)
    found = read(alice, f"?bot={second.pk}")
    assert (found["realised_pnl_display"], found["realised_pnl_percent"]) == ("-10", "-10")
    assert [(each["bot"], each["is_deleted"]) for each in found["bots"]] == [
        (first.pk, False),
        (second.pk, True),
    ]
    assert [part["bot"] for part in found["by_bot"]] == [second.pk]


def test_a_symbol_that_a_bot_had_is_known_by_its_trades(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice, symbols=["ETH/USDT"]), sells=WON, symbol="SHIB/USDT")
    assert read(alice, "?symbol=SHIBUSDT")["realised_pnl_display"] == "50"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("timezone=Mars/Base", "timezone"),
        ("bot=first", "bot"),
        ("symbol=DOGE/USDT", "symbol"),
        ("symbol=%00", "symbol"),
        (f"symbol={'x' * 31}", "symbol"),
        ("from=yesterday", "from"),
        ("from=2026-02-30", "from"),
        ("to=20261110T00", "to"),
        ("from=2026-11-11&to=2026-11-10", "to"),
    ],
)
def test_what_is_not_known_is_refused_by_its_field(
    alice: Person, venue: FakeVenue, query: str, field: str
) -> None:
    make_trade(make_bot(alice), sells=WON)
    answer = ask(alice, f"?{query}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


@pytest.mark.parametrize("query", ["from=0001-01-01", "to=9999-12-31", "from=0001-01-01&to=9999-12-31"])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Sao_Paulo"])
def test_the_ends_of_the_calendar_are_no_trap(alice: Person, venue: FakeVenue, query: str, zone: str) -> None:
    make_trade(make_bot(alice), sells=WON)
    assert read(alice, f"?{query}&timezone={zone}")["realised_pnl_display"] == "50"


def test_a_strangers_bot_is_not_there(alice: Person, bob: Person, venue: FakeVenue) -> None:
    theirs = make_bot(bob)
    make_trade(theirs, sells=WON)
    for bot in (str(theirs.pk), "999999", "9" * 30):
        answer = ask(alice, f"?bot={bot}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    found = read(alice)
    assert (found["by_day"], found["bots"], found["symbols"], found["realised_pnl_display"]) == (
        [],
        [],
        [],
        "0",
    )
    assert ask(alice, "?symbol=SHIB/USDT").status_code == 400


def test_days_begin_at_midnight_of_the_readers_zone(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    # 23:59:59 and 00:00 in São Paulo, which is three hours behind.
    for second in (-1, 0):
        closed_at = datetime(2026, 11, 11, 3, tzinfo=UTC) + timedelta(seconds=second)
        make_trade(bot, sells=WON, opened_at=closed_at - timedelta(hours=1))
    assert amounts(read(alice)["by_day"], "date") == {"2026-11-11": "100"}
    zone = "?timezone=America/Sao_Paulo"
    assert amounts(read(alice, zone)["by_day"], "date") == {"2026-11-10": "50", "2026-11-11": "50"}
    assert read(alice, f"{zone}&to=2026-11-10")["realised_pnl_display"] == "50"
    assert read(alice, f"{zone}&from=2026-11-11")["realised_pnl_display"] == "50"


def test_a_day_of_25_hours_is_one_day(alice: Person, venue: FakeVenue) -> None:
    """New York put its clocks back on 1 November 2026: that day began at 4:00 and ended at 5:00 UTC."""
    bot = make_bot(alice)
    for hour in (5, 28):
        closed_at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hour)
        make_trade(bot, sells=WON, opened_at=closed_at - timedelta(hours=1))
    zone = "?timezone=America/New_York"
    found = read(alice, zone)
    assert amounts(found["by_day"], "date") == {"2026-11-01": "100"}
    assert read(alice, f"{zone}&from=2026-11-01&to=2026-11-01")["days"] == 1


def test_the_display_currency_is_the_users(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice), sells=WON)
    assert read(alice)["realised_pnl_display"] == "50"
    alice.user.display_currency = "USDT"
    alice.user.save()
    found = read(alice)
    assert (found["display_currency"], found["realised_pnl_display"], found["capital_display"]) == (
        "USDT",
        "10",
        "100",
    )


def test_a_capital_in_a_currency_without_a_rate_leaves_percentages_open(
    alice: Person, venue: FakeVenue, redis: Any
) -> None:
    make_trade(make_bot(alice, capital_currency="USDT"), sells=WON)
    redis.flushdb()
    venue.reachable = False
    found = read(alice)
    assert (found["realised_pnl_display"], found["realised_pnl_percent"], found["capital_display"]) == (
        "50",
        None,
        None,
    )
    assert found["by_day"][0]["realised_pnl_percent"] is found["statistics"]["cagr_percent"] is None


def test_what_is_open_makes_no_total_where_its_worth_is_not_known(
    alice: Person, venue: FakeVenue, redis: Any
) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=WON)
    make_trade(bot, symbol="ETH/USDT")
    redis.flushdb()
    venue.reachable = False
    found = read(alice)
    assert (found["realised_pnl_display"], found["open_trades"]) == ("50", 1)
    for name in ("unrealised_pnl_display", "total_pnl_display", "total_pnl_percent"):
        assert found[name] is None
    ended = read(alice, "?to=2026-11-12")
    assert ended["total_pnl_display"] == ended["realised_pnl_display"]


def test_prices_are_said_to_be_made_up_or_old(alice: Person, venue: FakeVenue) -> None:
    make_trade(make_bot(alice))
    found = read(alice)
    assert (found["simulated"], found["stale"]) == (True, False)
    then = utc_now() - timedelta(minutes=1)
    venue.publish(then)
    venue.reachable = False
    found = read(alice)
    assert (found["stale"], datetime.fromisoformat(found["prices_as_of"])) == (True, then)


def test_it_takes_the_same_queries_for_many_trades_as_for_few(
    alice: Person, venue: FakeVenue, django_assert_num_queries: Any
) -> None:
    bots = [make_bot(alice) for _ in range(3)]
    for bot in bots:
        for _ in range(5):
            make_trade(bot, sells=WON)
        make_trade(bot)
    with django_assert_num_queries(5):  # who asks, their stamp and bots, open trades, the trades, last sales
        read(alice)
    for query in ("", f"?bot={bots[0].pk}", "?from=2026-11-01"):
        with django_assert_num_queries(
            3
        ):  # without anything new, who asks, their stamp and bots, open trades
            read(alice, query)
    with django_assert_num_queries(2):
        read(alice, "?to=2026-11-12")


def test_what_was_kept_follows_every_change(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=WON)
    assert read(alice)["realised_pnl_percent"] == "10"
    make_trade(bot, sells=LOST)
    assert read(alice)["realised_pnl_percent"] == "8"
    bot.name = "renamed"
    bot.save()
    assert read(alice)["by_bot"][0]["name"] == "renamed"
