"""Which bots run when: due ones of every user, once, and never those that cannot."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bots.dispatch import claim_due_bots, pause_unrunnable_bots
from bots.models import BotConfiguration, BotEvent, BotStatus
from trades.tests.fake_exchange import AT
from users.models import ExchangeAPIKey, KeyState, User


def test_a_due_bot_is_claimed_once_and_its_next_run_moves_by_its_interval(bot: BotConfiguration) -> None:
    BotConfiguration.objects.update(interval_seconds=5)
    [run] = claim_due_bots(AT)
    assert (run.bot_id, run.due_at, run.missed) == (bot.pk, AT, 0)
    assert claim_due_bots(AT) == []
    assert claim_due_bots(AT + timedelta(seconds=4)) == []
    assert [run.due_at for run in claim_due_bots(AT + timedelta(seconds=5))] == [AT + timedelta(seconds=5)]


def test_ticks_that_nobody_ran_are_counted_and_not_made_up_for(bot: BotConfiguration) -> None:
    BotConfiguration.objects.update(interval_seconds=1)
    [run] = claim_due_bots(AT + timedelta(seconds=10, milliseconds=300))
    assert (run.due_at, run.missed) == (AT + timedelta(seconds=10), 10)
    bot.refresh_from_db()
    assert bot.next_run_at == AT + timedelta(seconds=11)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (KeyState.UNCHECKED, "key_unchecked"),
        (KeyState.REFUSED, "key_refused"),
        (KeyState.INVALID, "key_invalid"),
        (KeyState.UNDECRYPTABLE, "key_undecryptable"),
    ],
)
def test_a_bot_whose_key_does_not_work_is_paused_with_one_event_and_never_dispatched(
    bot: BotConfiguration, state: KeyState, code: str
) -> None:
    ExchangeAPIKey.objects.update(state=state)
    assert claim_due_bots(AT) == []
    assert [pause_unrunnable_bots(AT) for _ in range(3)] == [1, 0, 0]
    bot.refresh_from_db()
    assert (bot.status, bot.pause_code) == (BotStatus.PAUSED, code)
    assert BotEvent.objects.filter(kind="paused").count() == 1


def test_stopped_deleted_and_deactivated_are_not_dispatched(bot: BotConfiguration) -> None:
    for changes in ({"status": BotStatus.STOPPED}, {"deleted_at": AT}):
        BotConfiguration.objects.update(**changes)
        assert claim_due_bots(AT) == []
        BotConfiguration.objects.update(status=BotStatus.ACTIVE, deleted_at=None)
    User.objects.update(is_active=False)
    assert claim_due_bots(AT) == []


def test_every_users_bots_are_claimed_the_longest_waiting_first(bot: BotConfiguration) -> None:
    other = User.objects.create_user("bob@example.com", "a-long-password-1")
    key = ExchangeAPIKey.objects.create(
        owner=other, exchange="binance", environment="paper", label="b", state=KeyState.VALID
    )
    later = BotConfiguration.objects.create(
        owner=other,
        name="b",
        exchange_key=key,
        capital=Decimal(1),
        status=BotStatus.ACTIVE,
        next_run_at=AT - timedelta(seconds=9),
    )
    assert [run.bot_id for run in claim_due_bots(AT)] == [later.pk, bot.pk]
