"""`manage.py halt`: the operator's switch where there is nothing but a terminal."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.cast import Person, alice, make_bot
from trades import halts
from trades.models import Halt

__all__ = ["alice"]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("halt", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    "arguments", [["platform"], ["exchange", "binance"], ["exchange", "binance", "--environment", "paper"]]
)
def test_it_halts_lists_and_resumes(alice: Person, arguments: list[str]) -> None:
    bot = make_bot(alice)
    assert "New entries are stopped" in run(*arguments, "--reason", "maintenance")
    assert halts.find_block(bot) is not None
    assert "maintenance" in run()
    assert "allowed again" in run(*arguments, "--resume")
    assert halts.find_block(bot) is None
    assert "Nothing is stopped." in run()


def test_a_user_and_a_bot_are_named(alice: Person) -> None:
    bot = make_bot(alice)
    run("user", "Alice@example.com")
    run("bot", str(bot.pk))
    listed = run()
    assert "user alice@example.com" in listed
    assert f"bot {bot.pk} “dip buyer” of alice@example.com" in listed
    assert Halt.objects.filter(by_operator=True, halted_by=None).count() == 2


def test_resuming_what_was_not_halted_says_so(db: None) -> None:
    assert "had not stopped this" in run("platform", "--resume")


@pytest.mark.parametrize(
    "arguments",
    [
        ["exchange"],
        ["exchange", "mtgox"],
        ["user", "nobody@example.com"],
        ["bot", "99999"],
        ["bot", "x"],
        ["platform", "everything"],
        ["user", "alice@example.com", "--environment", "paper"],
        ["moon"],
    ],
)
def test_what_cannot_be_is_refused(db: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
    assert not Halt.objects.exists()
