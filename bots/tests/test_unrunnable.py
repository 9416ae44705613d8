"""What cannot run is paused once and left alone."""

import pytest

from bots.models import BotConfiguration, BotEvent, BotStatus
from bots.unrunnable import pause_unrunnable_bots
from trades.tests.fake_exchange import AT
from users.models import ExchangeAPIKey, KeyState


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (KeyState.UNCHECKED, "key_unchecked"),
        (KeyState.REFUSED, "key_refused"),
        (KeyState.INVALID, "key_invalid"),
        (KeyState.UNDECRYPTABLE, "key_undecryptable"),
    ],
)
def test_a_bot_whose_key_does_not_work_is_paused_with_one_event(
    bot: BotConfiguration, state: KeyState, code: str
) -> None:
    ExchangeAPIKey.objects.update(state=state)
    assert [pause_unrunnable_bots(AT) for _ in range(3)] == [1, 0, 0]
    bot.refresh_from_db()
    assert (bot.status, bot.pause_code) == (BotStatus.PAUSED, code)
    assert BotEvent.objects.filter(kind="paused").count() == 1


def test_a_bot_whose_key_works_goes_on(bot: BotConfiguration) -> None:
    assert pause_unrunnable_bots(AT) == 0
