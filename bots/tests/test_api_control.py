"""Starting, stopping and closing a bot, and reading what it did."""

import threading
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils.dateparse import parse_datetime

from bots import tick_log
from bots.decisions import Decision, keep_decisions
from bots.events import record as record_event
from bots.models import BotConfiguration, BotStatus, EventLevel
from bots.tick_log import record
from bots.ticks import Average, Looks, Need, OneLook, Tick
from saas.clock import to_microseconds, utc_now
from saas.redis import get_redis
from tests.cast import (
    LONG_AGO,
    PAPER,
    FakeVenue,
    Person,
    alice,
    make_bot,
    make_order,
    make_person,
    make_trade,
    sign_in,
    venue,
)
from users.models import ExchangeAPIKey

__all__ = ["alice", "venue"]


def post(person: Person, bot: BotConfiguration, action: str) -> Any:
    return person.client.post(f"/api/bots/{bot.pk}/{action}/")


def kinds(bot: BotConfiguration) -> list[str]:
    return list(bot.events.order_by("pk").values_list("kind", flat=True))


def test_a_started_bot_is_due_at_once(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice, status=BotStatus.PAUSED, pause_code="key_invalid")
    before = utc_now()
    answer = post(alice, bot, "start")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["status_reason"]) == ("active", "")
    bot.refresh_from_db()
    assert bot.next_run_at is not None
    assert before <= bot.next_run_at <= utc_now()
    assert kinds(bot) == ["started"]


def test_starting_twice_changes_nothing(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice, status=BotStatus.ACTIVE, next_run_at=LONG_AGO)
    assert post(alice, bot, "start").status_code == 200
    bot.refresh_from_db()
    assert bot.next_run_at == LONG_AGO
    assert kinds(bot) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"state": "unchecked"}, "key_not_checked"),
        ({"state": "refused"}, "key_refused"),
        ({"state": "invalid"}, "key_invalid"),
        ({"state": "undecryptable"}, "key_undecryptable"),
        ({"ciphertext": "not to be read"}, "key_undecryptable"),
        ({"deleted_at": LONG_AGO}, "key_deleted"),
        ({"halted_at": LONG_AGO}, "key_halted"),
    ],
)
def test_no_bot_starts_without_a_good_key(
    alice: Person, venue: FakeVenue, fields: dict[str, Any], code: str
) -> None:
    bot = make_bot(alice)
    ExchangeAPIKey.objects.filter(pk=alice.key.pk).update(**fields)
    answer = post(alice, bot, "start")
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    bot.refresh_from_db()
    assert bot.status == BotStatus.STOPPED


def test_a_key_moved_from_another_owner_starts_nothing(alice: Person, venue: FakeVenue) -> None:
    stolen = make_person("bob").key
    bot = make_bot(alice)
    ExchangeAPIKey.objects.filter(pk=alice.key.pk).update(ciphertext=stolen.ciphertext)
    assert post(alice, bot, "start").json()["code"] == "key_undecryptable"


def test_a_start_looks_at_the_capital_again(alice: Person, venue: FakeVenue) -> None:
    answer = post(alice, make_bot(alice, capital="1"), "start")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["capital"])


def test_no_bot_starts_while_the_exchange_is_away(alice: Person, venue: FakeVenue) -> None:
    venue.reachable = False
    bot = make_bot(alice)
    answer = post(alice, bot, "start")
    assert (answer.status_code, answer.json()["code"]) == (503, "exchange_unavailable")
    bot.refresh_from_db()
    assert bot.status == BotStatus.STOPPED


def test_a_stopped_bot_is_due_never(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice, status=BotStatus.ACTIVE, next_run_at=LONG_AGO, closing=True)
    assert post(alice, bot, "stop").json()["status"] == "stopped"
    assert post(alice, bot, "stop").status_code == 200
    bot.refresh_from_db()
    assert (bot.next_run_at, bot.closing) == (None, False)
    assert kinds(bot) == ["stopped"]


def test_a_bot_stops_whatever_its_key_is_like(alice: Person, venue: FakeVenue) -> None:
    venue.reachable = False
    bot = make_bot(alice, status=BotStatus.ACTIVE)
    ExchangeAPIKey.objects.filter(pk=alice.key.pk).update(state="invalid", ciphertext="")
    assert post(alice, bot, "stop").status_code == 200


def test_close_all_lets_a_stopped_bot_run_to_sell(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot)
    answer = post(alice, bot, "close-all")
    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["closing"]) == ("active", True)
    assert post(alice, bot, "close-all").status_code == 202
    assert kinds(bot) == ["close_all_requested"]


def test_close_all_is_allowed_while_entries_are_halted(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot)
    ExchangeAPIKey.objects.filter(pk=alice.key.pk).update(halted_at=LONG_AGO)
    assert post(alice, bot, "close-all").status_code == 202


def test_close_all_of_a_bot_with_an_order_in_doubt_waits_for_it(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_order(bot, status="UNKNOWN")
    assert post(alice, bot, "close-all").json()["closing"] is True


def test_close_all_of_a_stopped_bot_that_holds_nothing_leaves_it_stopped(
    alice: Person, venue: FakeVenue
) -> None:
    answer = post(alice, make_bot(alice), "close-all")
    assert (answer.status_code, answer.json()["status"]) == (202, "stopped")


def test_a_closing_bot_is_not_started_over_its_closing(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice, status=BotStatus.ACTIVE, closing=True)
    answer = post(alice, bot, "start")
    assert (answer.status_code, answer.json()["code"]) == (409, "bot_closing")


@pytest.mark.parametrize("holds", ["active", "trade", "order"])
def test_a_key_in_use_is_not_deleted(alice: Person, venue: FakeVenue, holds: str) -> None:
    bot = make_bot(alice, status=BotStatus.ACTIVE if holds == "active" else BotStatus.STOPPED)
    if holds == "trade":
        make_trade(bot)
    if holds == "order":
        make_order(bot, status="HELD")
    answer = alice.client.delete(f"/api/exchange-keys/{alice.key.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "key_in_use")


def test_a_key_of_a_stopped_bot_can_be_deleted(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_trade(bot, sells=[("101000", "0.001")])
    assert alice.client.delete(f"/api/exchange-keys/{alice.key.pk}/").status_code == 204
    assert post(alice, bot, "start").json()["code"] == "key_deleted"


def test_decisions_come_newest_first_with_their_reason(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    waiting = {"threshold_percent": "1", "level": "99"}
    keep_decisions(bot.pk, [Decision("2026-11-20T12:00:00Z", "BTC/USDT", "hold", "in_trade", "100")])
    later = Decision(
        "2026-11-20T12:00:01Z", "ETH/USDT", "wait", "not_far_enough_below", "99.5", "100", "-0.5", waiting
    )
    keep_decisions(bot.pk, [later])
    url = f"/api/bots/{bot.pk}/decisions/"
    page = alice.client.get(url).json()
    assert (page["count"], page["next"], page["previous"]) == (2, None, None)
    assert page["results"][0] == {
        "at": "2026-11-20T12:00:01Z",
        "symbol": "ETH/USDT",
        "price": "99.5",
        "average": "100",
        "deviation_percent": "-0.5",
        "action": "wait",
        "reason": "The price is below its average, but less than 1 %; it buys at or below 99.",
        "reason_code": "not_far_enough_below",
    }
    assert [row["symbol"] for row in alice.client.get(f"{url}?symbol=BTC/USDT").json()["results"]] == [
        "BTC/USDT"
    ]
    assert alice.client.get(f"{url}?symbol=btcusdt").json()["count"] == 1
    assert alice.client.get(f"{url}?limit=1").json()["count"] == 1


@pytest.mark.parametrize("way", ["wake", "every"])
def test_quiet_looks_are_decisions_too_and_show_in_the_bot(
    alice: Person, venue: FakeVenue, settings: Any, way: str
) -> None:
    settings.BOT_DISPATCH = way
    bot = make_bot(alice, status=BotStatus.ACTIVE, next_run_at=LONG_AGO, interval_seconds=1)
    BotConfiguration.objects.update(updated_at=LONG_AGO)
    looked_at = look_at_btc("100000", "101000", bot if way == "every" else None)
    url = f"/api/bots/{bot.pk}/decisions/"
    [decision] = alice.client.get(url).json()["results"]
    assert (decision["reason_code"], decision["price"], decision["average"]) == (
        "not_far_enough_below",
        "100000",
        "101000",
    )
    assert parse_datetime(decision["at"]) == looked_at
    assert alice.client.get(f"{url}?symbol=BTCUSDT").json()["count"] == 1
    shown = alice.client.get(f"/api/bots/{bot.pk}/").json()
    assert parse_datetime(shown["last_run_at"]) == looked_at
    next_run_at = parse_datetime(shown["next_run_at"])
    assert next_run_at is not None
    assert utc_now() - timedelta(seconds=5) < next_run_at
    assert (next_run_at - LONG_AGO) % timedelta(seconds=1) == timedelta(0)


def test_a_log_that_all_share_tells_nothing_of_anybodys_bot(alice: Person, venue: FakeVenue) -> None:
    bob = make_person("bob")
    hers = make_bot(alice, status=BotStatus.ACTIVE, next_run_at=LONG_AGO, interval_seconds=1)
    his = make_bot(bob, interval_seconds=1)
    BotConfiguration.objects.update(updated_at=LONG_AGO)
    look_at_btc("100000", "101000", hers)
    assert alice.client.get(f"/api/bots/{hers.pk}/decisions/").json()["count"] == 1
    assert bob.client.get(f"/api/bots/{his.pk}/decisions/").json()["count"] == 0
    get_redis().flushdb()
    tick_log.forget()
    look_at_btc("100000", "101000")
    assert alice.client.get(f"/api/bots/{hers.pk}/decisions/").json()["count"] == 1
    assert bob.client.get(f"/api/bots/{hers.pk}/decisions/").status_code == 404
    assert bob.client.get(f"/api/bots/{his.pk}/decisions/").json()["count"] == 0
    make_trade(hers, opened_at=LONG_AGO)
    BotConfiguration.objects.filter(pk=his.pk).update(status=BotStatus.ACTIVE, next_run_at=LONG_AGO)
    [decision] = bob.client.get(f"/api/bots/{his.pk}/decisions/").json()["results"]
    assert decision["reason_code"] == "not_far_enough_below"


def look_at_btc(price: str, average: str, bot: BotConfiguration | None = None) -> datetime:
    """The last look at BTC over twenty minutes: a dispatcher's for all bots, or a worker's for one."""
    now = utc_now()
    taken = to_microseconds(now)
    looks = None if bot is None else Looks.of([OneLook(bot.pk, taken - 200_000, taken)])
    averages = {Need("BTC/USDT", "1m", 20): Average(Decimal(average), 20)}
    since = now - timedelta(seconds=1)
    record(PAPER, Tick(since, now, since, now, {"BTC/USDT": Decimal(price)}, averages, looks))
    return now


def test_without_redis_the_decisions_are_away_and_the_rest_is_there(
    alice: Person, venue: FakeVenue, settings: Any
) -> None:
    bot = make_bot(alice)
    make_trade(bot)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    get_redis.cache_clear()
    answer = alice.client.get(f"/api/bots/{bot.pk}/decisions/")
    assert (answer.status_code, answer.json()["code"]) == (503, "decisions_unavailable")
    for path in ("bots/", f"bots/{bot.pk}/events/", "trades/", "orders/", "portfolio/", "trades/export.csv"):
        assert alice.client.get(f"/api/{path}").status_code == 200, path


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x"])
def test_a_limit_that_is_none_is_refused(alice: Person, venue: FakeVenue, query: str) -> None:
    answer = alice.client.get(f"/api/bots/{make_bot(alice).pk}/decisions/?{query}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["limit"])


def test_events_are_pages_of_texts_in_the_readers_language(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    for number in range(3):
        record_event(bot, "paused", level=EventLevel.ERROR, at=None, code="key_invalid", number=str(number))
    page = alice.client.get(f"/api/bots/{bot.pk}/events/?page_size=2").json()
    assert (page["count"], len(page["results"])) == (3, 2)
    assert page["results"][0]["message"] == "The bot was paused: the exchange does not accept its key"
    assert page["results"][0]["level"] == "error"


@pytest.mark.django_db(transaction=True)
def test_commands_at_once_leave_one_of_their_outcomes(venue: FakeVenue) -> None:
    """Start, stop, change and delete from many threads: whatever wins, the row is one that a single command leaves."""
    person = make_person("alice")
    bot = make_bot(person)
    statuses: list[int] = []

    def run(number: int) -> None:
        caller = sign_in(person.user)
        url = f"/api/bots/{bot.pk}/"
        calls = (
            lambda: caller.post(f"{url}start/"),
            lambda: caller.post(f"{url}stop/"),
            lambda: caller.patch(url, {"name": f"name {number}"}, format="json"),
            lambda: caller.delete(url),
        )
        statuses.append(calls[number % 4]().status_code)
        connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bot.refresh_from_db()
    assert set(statuses) <= {200, 204, 404, 409}
    assert len(statuses) == 16
    if bot.deleted_at is not None or bot.status == BotStatus.STOPPED:
        assert (bot.status, bot.next_run_at) == (BotStatus.STOPPED, None)
    else:
        assert bot.next_run_at is not None
