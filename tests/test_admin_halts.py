"""The operator's switches in the admin, and what is sold there for a user."""

from typing import Any

import pytest
from django.test import Client

from bots.models import BotConfiguration
from tests.cast import (
    LONG_AGO,
    FakeVenue,
    Person,
    alice,
    bob,
    make_bot,
    make_key,
    make_order,
    make_trade,
    venue,
)
from trades import halts
from trades.halting import bot_target, halt_as_operator, halt_as_owner, user_target
from trades.models import Halt
from users.models import User

__all__ = ["alice", "bob", "venue"]

HALTS, BOTS, USERS = "/admin/trades/halt/", "/admin/bots/botconfiguration/", "/admin/users/user/"
ORDERS = "/admin/trades/order/"


@pytest.fixture
def olga(db: None) -> User:
    return User.objects.create_superuser("olga@example.com", None, language="en")


@pytest.fixture
def operator(olga: User, redis: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(olga)
    return client


def add(operator: Client, **form: Any) -> str:
    return operator.post(f"{HALTS}add/", {"reason": "maintenance", **form}, follow=True).content.decode()


def act(operator: Client, url: str, action: str, *pks: int, **form: str) -> str:
    chosen = {"action": action, "_selected_action": [str(pk) for pk in pks], **form}
    return operator.post(url, chosen, follow=True).content.decode()


def test_everything_that_can_be_halted_is_halted_there(
    operator: Client, olga: User, alice: Person, bob: Person, venue: FakeVenue
) -> None:
    bot = make_bot(alice)
    add(operator, scope="platform")
    add(operator, scope="exchange", exchange="binance", environment="paper")
    add(operator, scope="user", owner=alice.user.pk)
    add(operator, scope="bot", bot=bot.pk)
    add(operator, scope="bot", bot=bot.pk)
    assert [block.scope.value for block in halts.list_blocks(alice.user)] == [
        "platform",
        "exchange",
        "user",
        "bot",
    ]
    assert set(Halt.objects.values_list("halted_by", "by_operator", "reason")) == {
        (olga.pk, True, "maintenance")
    }
    page = operator.get(HALTS).content.decode()
    assert page.count("maintenance") >= 4
    assert operator.get(f"{HALTS}{Halt.objects.first().pk}/change/").status_code == 200  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"scope": "exchange"}, "Say which."),
        ({"scope": "user"}, "Say which."),
        ({"scope": "bot"}, "Say which."),
        ({"scope": "platform", "exchange": "binance"}, "Leave this empty"),
        ({"scope": "bot", "bot": "99999"}, "Select a valid choice"),
        ({"scope": "moon"}, "is not one of the available choices"),
        ({}, "This field is required."),
    ],
)
def test_a_halt_that_names_nothing_or_too_much_is_refused(
    operator: Client, form: dict[str, str], complaint: str
) -> None:
    assert complaint in add(operator, **form)
    assert not Halt.objects.exists()


def test_just_the_chosen_halts_are_lifted(operator: Client, alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    own = halt_as_owner(bot_target(bot), alice.user, "", LONG_AGO)
    kept = halt_as_operator(bot_target(bot), None, "", LONG_AGO)
    assert "Halts that were lifted: 1." in act(operator, HALTS, "allow_entries", own.pk)
    assert set(Halt.objects.all()) == {kept}
    assert operator.post(f"{HALTS}{kept.pk}/delete/", {"post": "yes"}).status_code == 403


def test_chosen_bots_are_halted_and_resumed_with_a_reason(
    operator: Client, alice: Person, venue: FakeVenue
) -> None:
    bot = make_bot(alice)
    assert "Done for bots: 1." in act(operator, BOTS, "halt", bot.pk, reason="looks odd")
    assert Halt.objects.get().reason == "looks odd"
    page = operator.get(f"{BOTS}{bot.pk}/change/").content.decode()
    assert "a bot dip buyer, by the operator." in page
    assert "looks odd" in page
    act(operator, BOTS, "resume", bot.pk)
    assert not Halt.objects.exists()


def test_chosen_users_are_halted_and_resumed(operator: Client, alice: Person, bob: Person) -> None:
    assert "Done for users: 2." in act(operator, USERS, "halt", alice.user.pk, bob.user.pk, reason="audit")
    halt_as_owner(user_target(bob.user), bob.user, "", LONG_AGO)
    assert "Done for users: 2." in act(operator, USERS, "resume", alice.user.pk, bob.user.pk)
    assert [halt.owner for halt in Halt.objects.all()] == [bob.user]


def test_everything_of_a_user_is_sold_and_what_could_not_is_told(
    operator: Client, alice: Person, bob: Person, venue: FakeVenue
) -> None:
    good = make_bot(alice, name="good")
    bad = make_bot(alice, name="bad", exchange_key=make_key(alice.user, state="invalid"))
    for bot in (good, bad, his := make_bot(bob)):
        make_trade(bot)
    page = act(operator, USERS, "sell_everything", alice.user.pk)
    assert "Alice@example.com, bad: The exchange does not accept the key." in page
    assert "Alice@example.com, good: It sells at its next run" in page
    assert set(BotConfiguration.objects.filter(closing=True)) == {good}
    assert "Done for bots: 1." in act(operator, BOTS, "sell_everything", his.pk)


def test_an_operator_who_may_only_look_halts_nothing(alice: Person, venue: FakeVenue) -> None:
    client = Client()
    client.force_login(User.objects.create_user("lucas@example.com", None, is_staff=True))
    assert client.get(f"{HALTS}add/").status_code == 403
    for url, pk in ((BOTS, make_bot(alice).pk), (USERS, alice.user.pk)):
        client.post(url, {"action": "halt", "_selected_action": [str(pk)]})
    assert not Halt.objects.exists()


def test_an_order_in_doubt_is_found_and_explained(operator: Client, alice: Person, venue: FakeVenue) -> None:
    bot = make_bot(alice)
    make_order(bot, client_order_id="done")
    held = make_order(bot, client_order_id="held", status="HELD", refusal_code="key_refused")
    page = operator.get(f"{ORDERS}?attention=needed").content.decode()
    assert "no longer accepts its key" in page
    assert "done" not in page.partition('id="result_list"')[2]
    assert "whether the key was deleted" in operator.get(f"{ORDERS}{held.pk}/change/").content.decode()
