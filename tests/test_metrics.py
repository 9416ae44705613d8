"""What the apps tell `/metrics`, over all users and naming none."""

import pytest
from django.test import Client

from bots.models import BotStatus
from tests.cast import LONG_AGO, Person, alice, bob, make_bot, make_order
from trades.halting import PLATFORM, halt_as_operator

__all__ = ["alice", "bob"]


@pytest.fixture
def text(alice: Person, bob: Person, client: Client) -> str:
    running = make_bot(alice, status=BotStatus.ACTIVE)
    make_bot(bob, status=BotStatus.ACTIVE)
    make_bot(bob)
    halt_as_operator(PLATFORM, None, "", LONG_AGO)
    for status in ("FILLED", "FILLED", "UNKNOWN"):
        make_order(running, status=status)
    return client.get("/metrics").content.decode()


def test_bots_and_orders_are_counted_by_status(text: str) -> None:
    assert 'cardume_bots{status="active"} 2\n' in text
    assert 'cardume_bots{status="stopped"} 1\n' in text
    assert 'cardume_orders{status="FILLED"} 2\n' in text
    assert 'cardume_orders{status="UNKNOWN"} 1\n' in text


def test_kill_switches_that_are_on_are_counted(text: str) -> None:
    assert 'cardume_halts{scope="platform"} 1\n' in text
    assert 'cardume_halts{scope="bot"} 0\n' in text


def test_no_user_is_named(text: str, alice: Person) -> None:
    assert alice.user.email not in text
    assert "dip buyer" not in text
