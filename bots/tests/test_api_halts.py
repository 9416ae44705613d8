"""Stopping new purchases over the API: one's own bots and account, and what the operator stopped."""

from typing import Any

import pytest

from bots.models import BotConfiguration, BotStatus
from tests.cast import (
    LONG_AGO,
    FakeVenue,
    Person,
    alice,
    bob,
    charlie,
    make_bot,
    make_order,
    make_trade,
    venue,
)
from trades import halting
from trades.halting import PLATFORM, bot_target, exchange_target, user_target
from trades.models import Halt
from users.keys import halt_key

__all__ = ["alice", "bob", "charlie", "venue"]


def post(person: Person, path: str, body: dict[str, Any] | None = None) -> Any:
    return person.client.post(f"/api/{path}/", body, format="json")


def listed(person: Person) -> list[dict[str, Any]]:
    page = person.client.get("/api/halts/").json()
    assert (page["count"], page["next"], page["previous"]) == (len(page["results"]), None, None)
    found: list[dict[str, Any]] = page["results"]
    return found


def test_a_bot_is_halted_and_resumed_by_its_owner(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice, status=BotStatus.ACTIVE)
    answer = post(alice, f"bots/{bot.pk}/halt", {"reason": "too hot"})
    assert (answer.status_code, answer.json()["status"]) == (200, "active")
    halt = answer.json()["halt"]
    assert (halt["scope"], halt["halted_by"], halt["reason"], halt["may_resume"]) == (
        "bot",
        "owner",
        "too hot",
        True,
    )
    assert halt["text"] == "You have stopped new purchases of the bot “dip buyer”. Its sales go on."
    assert listed(alice) == [halt]
    assert post(alice, f"bots/{bot.pk}/resume").json()["halt"] is None
    assert listed(alice) == []
    assert [event.kind for event in bot.events.order_by("pk")] == ["entries_halted", "entries_resumed"]


def test_an_account_is_halted_and_resumed_by_its_owner(alice: Person, bob: Person, venue: FakeVenue) -> None:
    bot, his = make_bot(alice), make_bot(bob)
    for _ in range(2):
        assert [halt["scope"] for halt in post(alice, "users/me/halt").json()["results"]] == ["user"]
    assert alice.client.get(f"/api/bots/{bot.pk}/").json()["halt"]["scope"] == "user"
    assert bob.client.get(f"/api/bots/{his.pk}/").json()["halt"] is None
    for _ in range(2):
        assert post(alice, "users/me/resume").json()["results"] == []


def test_what_the_operator_halted_is_shown_without_the_operator_and_stays(
    alice: Person, charlie: Person, venue: FakeVenue
) -> None:
    bot = make_bot(alice)
    for target in (PLATFORM, exchange_target("binance"), user_target(alice.user), bot_target(bot)):
        halting.halt_as_operator(target, charlie.user, "maintenance", LONG_AGO)
    answers = [post(alice, "users/me/resume"), post(alice, f"bots/{bot.pk}/resume")]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "halted_by_operator")
    ] * 2
    found = listed(alice)
    assert [(halt["scope"], halt["may_resume"]) for halt in found] == [
        ("platform", False),
        ("exchange", False),
        ("user", False),
        ("bot", False),
    ]
    assert {halt["reason"] for halt in found} == {"maintenance"}
    assert "charlie" not in str(found)
    assert Halt.objects.count() == 4


def test_a_halted_key_is_listed_with_its_reason_in_words(alice: Person, venue: FakeVenue) -> None:
    halt_key(alice.key, "order_adopted", LONG_AGO)
    [halt] = listed(alice)
    assert (halt["scope"], halt["halted_by"], halt["exchange_key"]) == ("key", "automatic", alice.key.pk)
    assert halt["reason"].startswith("An order that was believed never placed")


@pytest.mark.parametrize("reason", [5 * [1], {"a": 1}, "x" * 301])
def test_a_reason_is_a_short_text(alice: Person, venue: FakeVenue, reason: Any) -> None:
    answer = post(alice, "users/me/halt", {"reason": reason})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["reason"])


def test_a_halted_bot_can_still_be_started_for_its_exits(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    post(alice, "users/me/halt")
    assert post(alice, f"bots/{bot.pk}/start").json()["status"] == "active"


def sell_everything(person: Person) -> list[dict[str, Any]]:
    answer = post(person, "bots/close-all")
    assert answer.status_code == 202
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def test_every_bot_that_holds_something_sells_it(alice: Person, bob: Person, venue: FakeVenue) -> None:
    halted = make_bot(alice, name="halted")
    paused = make_bot(alice, name="paused", status=BotStatus.PAUSED, pause_code="key_invalid")
    idle, his = make_bot(alice, name="idle", status=BotStatus.ACTIVE), make_bot(bob)
    for bot in (halted, paused, his):
        make_trade(bot)
    post(alice, f"bots/{halted.pk}/halt")
    for _ in range(2):
        assert [(sale["name"], sale["outcome"]) for sale in sell_everything(alice)] == [
            ("halted", "selling"),
            ("paused", "selling"),
        ]
    closing = BotConfiguration.objects.filter(closing=True, status=BotStatus.ACTIVE)
    assert set(closing) == {halted, paused}
    assert [event.kind for event in paused.events.all()] == ["close_all_requested"]
    idle.refresh_from_db()
    assert (idle.status, idle.closing) == (BotStatus.ACTIVE, False)


def test_an_order_in_doubt_is_waited_for(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    order = make_order(bot, status="UNKNOWN")
    [sale] = sell_everything(alice)
    assert (sale["bot"], sale["outcome"], sale["code"]) == (bot.pk, "waiting", "")
    assert "as soon as the exchange has told" in sale["detail"]
    order.refresh_from_db()
    assert order.cancel_requested_at is not None


def test_a_bot_that_cannot_sell_says_why_and_stops_no_other(
    alice: Person, venue: FakeVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.cast import make_key

    revoked = make_key(alice.user, state="invalid")
    bots = [
        make_bot(alice, name="a", exchange_key=revoked),
        make_bot(alice, name="b"),
        make_bot(alice, name="c"),
    ]
    for bot in bots:
        make_trade(bot)
    record = "bots.services.record"

    def fail_for_b(bot: BotConfiguration, *_: Any, **__: Any) -> None:
        if bot.name == "b":
            raise ZeroDivisionError

    monkeypatch.setattr(record, fail_for_b)
    sales = sell_everything(alice)
    assert [(sale["outcome"], sale["code"]) for sale in sales] == [
        ("failed", "key_invalid"),
        ("failed", "server_error"),
        ("selling", ""),
    ]
    assert sales[0]["detail"] == "The exchange does not accept the key."
    assert set(BotConfiguration.objects.filter(closing=True)) == {bots[2]}


def test_selling_asks_resting_entries_to_be_cancelled(alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    resting = make_order(bot, status="OPEN")
    assert post(alice, f"bots/{bot.pk}/close-all").status_code == 202
    resting.refresh_from_db()
    assert resting.cancel_requested_at is not None
