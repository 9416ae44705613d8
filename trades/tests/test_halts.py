"""Kill switches: what each one forbids, who lifts it, and what it leaves alone."""

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from bots.models import BotConfiguration
from saas.errors import Conflict, Invalid
from tests.cast import LONG_AGO, Person, alice, bob, make_bot, make_key, make_order
from trades import halting, halts
from trades.domain import HaltedBy, HaltScope
from trades.halt_texts import describe_halt_fully
from trades.halting import PLATFORM, Target, bot_target, exchange_target, user_target
from trades.models import Halt

__all__ = ["alice", "bob"]


def target_of(scope: HaltScope, bot: BotConfiguration) -> Target:
    targets = {
        HaltScope.PLATFORM: PLATFORM,
        HaltScope.EXCHANGE: exchange_target("binance"),
        HaltScope.USER: user_target(bot.owner),
        HaltScope.BOT: bot_target(bot),
    }
    return targets[scope]


@pytest.mark.parametrize("scope", [scope for scope in HaltScope if scope is not HaltScope.KEY])
def test_each_switch_forbids_entries_until_it_is_lifted(alice: Person, scope: HaltScope) -> None:
    bot = make_bot(alice)
    target = target_of(scope, bot)
    halting.halt_as_operator(target, None, "maintenance", LONG_AGO)
    block = halts.find_block(bot)
    assert block is not None
    assert (block.scope, block.by, block.since, block.reason) == (
        scope,
        HaltedBy.OPERATOR,
        LONG_AGO,
        "maintenance",
    )
    assert halts.is_entry_halted(bot.pk, alice.key)
    assert halting.resume_as_operator(target)
    assert halts.find_block(bot) is None
    assert not halts.is_entry_halted(bot.pk, alice.key)


def test_nobody_else_is_concerned(alice: Person, bob: Person) -> None:
    for target in (user_target(alice.user), bot_target(make_bot(alice)), exchange_target("bybit")):
        halting.halt_as_operator(target, None, "", LONG_AGO)
    assert halts.find_block(make_bot(bob)) is None
    assert halts.list_blocks(bob.user) == []


@pytest.mark.parametrize(("environment", "is_halted"), [("", True), ("paper", True), ("live", False)])
def test_an_exchange_is_halted_in_one_environment_or_in_all(
    alice: Person, environment: str, is_halted: bool
) -> None:
    halting.halt_as_operator(exchange_target("binance", environment), None, "", LONG_AGO)
    assert (halts.find_block(make_bot(alice)) is not None) == is_halted
    assert bool(halts.list_blocks(alice.user)) == is_halted


def test_the_most_general_switch_is_told_first(alice: Person) -> None:
    bot = make_bot(alice, exchange_key=make_key(alice.user, halted_at=LONG_AGO, halt_reason="order_adopted"))
    told = []
    for target in (bot_target(bot), user_target(alice.user), exchange_target("binance"), PLATFORM):
        halting.halt_as_operator(target, None, "", LONG_AGO)
        block = halts.find_block(bot)
        told.append(block and block.scope)
    assert told == [HaltScope.KEY, HaltScope.USER, HaltScope.EXCHANGE, HaltScope.PLATFORM]
    assert [block.scope for block in halts.list_blocks(alice.user)] == list(HaltScope)


def test_what_forbids_is_asked_in_one_query(alice: Person, django_assert_num_queries: object) -> None:
    bot = make_bot(alice)
    halting.halt_as_owner(bot_target(bot), alice.user, "", LONG_AGO)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert halts.find_block(bot) is not None
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert halts.find_blocks(alice.user, [bot]).keys() == {bot.pk}


def test_halting_twice_changes_nothing_but_the_reason(alice: Person) -> None:
    for reason in ("first", "", "second"):
        halting.halt_as_owner(user_target(alice.user), alice.user, reason, LONG_AGO)
    assert Halt.objects.get().reason == "second"
    assert [halting.resume_as_owner(user_target(alice.user)) for _ in range(2)] == [True, False]


def test_what_the_operator_halted_its_owner_cannot_resume(alice: Person) -> None:
    target = user_target(alice.user)
    halting.halt_as_operator(target, None, "", LONG_AGO)
    with pytest.raises(Conflict) as conflict:
        halting.resume_as_owner(target)
    assert conflict.value.code == "halted_by_operator"
    assert Halt.objects.exists()


def test_each_ones_own_switch_outlasts_the_others(alice: Person) -> None:
    bot = make_bot(alice)
    halting.halt_as_owner(bot_target(bot), alice.user, "", LONG_AGO)
    halting.halt_as_operator(bot_target(bot), None, "", LONG_AGO)
    assert halting.resume_as_operator(bot_target(bot))
    block = halts.find_block(bot)
    assert block is not None
    assert block.by is HaltedBy.OWNER
    assert halting.lift_as_operator(Halt.objects.all()) == 1


def test_resting_entries_are_asked_to_be_cancelled_and_exits_are_not(alice: Person, bob: Person) -> None:
    bot = make_bot(alice)
    resting = make_order(bot, status="OPEN")
    kept = [
        make_order(bot, status="OPEN", leg="exit", side="sell", symbol="ETH/USDT"),
        make_order(bot, status="FILLED"),
        make_order(make_bot(bob), status="OPEN"),
    ]
    halting.halt_as_owner(user_target(alice.user), alice.user, "", LONG_AGO)
    for order in (resting, *kept):
        order.refresh_from_db()
    assert resting.cancel_requested_at == LONG_AGO
    assert [order.cancel_requested_at for order in kept] == [None] * 3


def test_everybody_who_is_concerned_has_it_in_their_bots_events(alice: Person, bob: Person) -> None:
    hers, his = make_bot(alice), make_bot(bob, status="active")
    halting.halt_as_owner(user_target(alice.user), alice.user, "holidays", LONG_AGO)
    halting.resume_as_owner(user_target(alice.user))
    halting.halt_as_operator(exchange_target("binance"), None, "", LONG_AGO)
    assert [event.kind for event in hers.events.order_by("pk")] == ["entries_halted", "entries_resumed"]
    assert [event.kind for event in his.events.order_by("pk")] == ["entries_halted"]


@pytest.mark.parametrize(
    "impossible",
    [
        {"scope": "platform", "by_operator": False},
        {"scope": "exchange", "by_operator": True},
        {"scope": "user", "by_operator": True},
        {"scope": "bot", "by_operator": True},
        {"scope": "moon", "by_operator": True},
    ],
)
def test_the_database_refuses_a_switch_that_says_nothing(db: None, impossible: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Halt.objects.create(halted_at=LONG_AGO, **impossible)


@pytest.mark.parametrize(("exchange", "environment"), [("mtgox", ""), ("binance", "moon")])
def test_an_exchange_that_is_not_here_cannot_be_halted(exchange: str, environment: str) -> None:
    with pytest.raises(Invalid):
        exchange_target(exchange, environment)


def test_the_words_say_which_switch_whose_since_when_and_why(alice: Person) -> None:
    halting.halt_as_operator(exchange_target("binance"), alice.user, "API trouble", LONG_AGO)
    [block] = halts.list_blocks(alice.user)
    with override("en"):
        assert describe_halt_fully(block.details()) == (
            "The operator has stopped new purchases at Binance. Sales go on. Since 10 Nov 2026 12:00 UTC. "
            "Reason: API trouble"
        )
    with override("pt-br"):
        assert "desde 10/11/2026 12:00" in describe_halt_fully(block.details()).lower()
