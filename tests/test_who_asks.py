"""What a user looks at is asked of the exchange for that user, and so within that user's share."""

import pytest

from bots.models import BotStatus
from exchanges.instruments import get_instruments
from exchanges.rate_budget import Purpose
from exchanges.rate_budget.purposes import current
from tests.cast import PAPER, FakeVenue, Person, alice, bot_body, make_bot, venue

__all__ = ["alice", "venue"]

CANDLES = "/api/candles/?exchange=binance&environment=paper&symbol=BTC/USDT&timeframe=1m"


@pytest.fixture
def asked_for(venue: FakeVenue, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Purpose, str]]:
    """What each question to the exchange was for, and for whom; its rules, which are everybody's, are known already."""
    get_instruments(PAPER)
    noted: list[tuple[Purpose, str]] = []
    ask = venue._ask

    def note() -> None:
        noted.append(current(Purpose.MARKET_DATA))
        ask()

    monkeypatch.setattr(venue, "_ask", note)
    return noted


def test_candles_are_asked_for_who_looks_at_them(alice: Person, asked_for: list[tuple[Purpose, str]]) -> None:
    assert alice.client.get(CANDLES).status_code == 200
    assert asked_for == [(Purpose.VIEW, str(alice.user.pk))]


@pytest.mark.parametrize("action", ["chart", "start", "preview"])
def test_what_a_bot_needs_is_asked_for_its_owner(
    alice: Person, venue: FakeVenue, asked_for: list[tuple[Purpose, str]], action: str
) -> None:
    bot = make_bot(alice, status=BotStatus.STOPPED)
    if action == "chart":
        answer = alice.client.get(f"/api/bots/{bot.pk}/chart/")
    elif action == "start":
        venue.publish(bot.created_at.replace(year=2020))
        answer = alice.client.post(f"/api/bots/{bot.pk}/start/", {}, format="json")
    else:
        answer = alice.client.post("/api/bots/preview/", bot_body(alice), format="json")
    assert answer.status_code in (200, 202), answer.content
    assert {*asked_for} == {(Purpose.VIEW, str(alice.user.pk))}
