"""What a bot's requests are for, and what it says where it was not allowed to ask."""

from typing import Any

import pytest
from django.utils import translation

from bots import cooldown, engine
from bots.cooldown import away_because
from bots.decisions import Decision, read_decisions
from bots.models import BotConfiguration, BotEvent
from bots.tests.conftest import SetMarket
from bots.wording import describe_decision
from exchanges.errors import BudgetSpent, ExchangeError, ExchangeUnavailable, OrderRefused, RateLimited
from exchanges.gateway import NOT_SENT
from exchanges.rate_budget import Purpose
from exchanges.rate_budget.purposes import current
from trades.models import Order
from trades.tests.conftest import ManualClock
from trades.tests.fake_exchange import FakeExchange, FakeSession

pytestmark = pytest.mark.usefixtures("engine_session")


def tick(bot: BotConfiguration, clock: ManualClock) -> Decision:
    clock.advance(1)
    engine.run_bot(bot.pk, clock(), 1, clock)
    return read_decisions(bot.pk, 1)[0]


def in_english(decision: Decision) -> str:
    with translation.override("en"):
        return describe_decision(decision.code, decision.details)


def test_purchases_and_sales_are_asked_for_as_what_they_are(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    session: FakeSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, Purpose]] = []
    for name in ("send_order", "find_order"):
        monkeypatch.setattr(session, name, noting(asked, name, getattr(session, name)))
    BotConfiguration.objects.update(take_profit_percent=5)
    set_market("99")
    assert tick(bot, clock).action == "buy"
    assert asked == [("send_order", Purpose.ENTRY), ("find_order", Purpose.RECOVERY)]
    asked.clear()
    set_market("110")
    assert tick(bot, clock).action == "sell"
    assert asked == [("send_order", Purpose.EXIT), ("find_order", Purpose.RECOVERY)]


def noting(asked: list[tuple[str, Purpose]], name: str, call: Any) -> Any:
    def note(*arguments: Any, **named: Any) -> Any:
        asked.append((name, current(Purpose.ENTRY)[0]))
        return call(*arguments, **named)

    return note


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (BudgetSpent("", "spent", 12.4), "budget_spent", "again in 12 s"),
        (
            BudgetSpent("", "share", 0.2),
            "budget_share",
            "for their share of what it allows all users: again in 1 s",
        ),
        (BudgetSpent("", "paused", 1.0), "account_paused", "lets your account ask no more for another 1 s"),
        (RateLimited("", "-1003", 40), "exchange_held", "another 40 s"),
        (ExchangeUnavailable("no answer in time"), "exchange_unavailable", "no answer in time"),
    ],
)
def test_it_says_why_the_exchange_was_not_asked(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    exchange: FakeExchange,
    session: FakeSession,
    monkeypatch: pytest.MonkeyPatch,
    error: ExchangeError,
    code: str,
    text: str,
) -> None:
    def refuse() -> None:
        raise error

    monkeypatch.setattr(session, "fetch_balances", refuse)
    set_market("99")
    decision = tick(bot, clock)
    assert (decision.action, decision.code) == ("skip", code)
    assert text in in_english(decision)
    assert (exchange.sends, away_because(error).code) == ([], code)
    assert not Order.objects.exists()


def test_an_order_that_was_not_sent_is_not_called_a_refusal_of_the_exchange(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    exchange.executes = False
    for seconds in (12, 2):
        exchange.answer = OrderRefused(
            f"binance is asked as much as it allows; again in {seconds} s", NOT_SENT
        )
        set_market("99")
        decision = tick(bot, clock)
        assert (decision.action, decision.code) == ("skip", "order_not_sent")
        assert "was not sent: binance is asked" in in_english(decision)
        cooldown.end(bot.pk, "BTC/USDT", "entry")
    assert len(exchange.sends) == 2
    (event,) = BotEvent.objects.filter(kind="order_not_sent")
    assert event.details == {"reason": "binance is asked as much as it allows; again in 12 s"}
