"""Kill switches in the engine: entries stop wherever the run stands, exits go on."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots import engine, services
from bots.models import BotConfiguration, BotStatus
from bots.tests.conftest import SetMarket
from bots.tests.test_engine import tick
from exchanges.errors import OrderStatusUnknown
from trades import halting, ledger
from trades.domain import OrderStatus, TradeStatus
from trades.halting import PLATFORM, Target, bot_target, exchange_target, user_target
from trades.models import Halt, Order, Trade
from trades.tests.conftest import ManualClock
from trades.tests.fake_exchange import FakeExchange, FakeSession
from users.keys import halt_key

pytestmark = pytest.mark.usefixtures("engine_session")

TARGETS: dict[str, Callable[[BotConfiguration], Target]] = {
    "platform": lambda _: PLATFORM,
    "exchange": lambda _: exchange_target("binance", "paper"),
    "user": lambda bot: user_target(bot.owner),
    "bot": bot_target,
}


def halt(bot: BotConfiguration, scope: str, clock: ManualClock) -> None:
    halting.halt_as_operator(TARGETS[scope](bot), None, "maintenance", clock())


@pytest.mark.parametrize("scope", TARGETS)
def test_a_halted_bot_buys_nothing_and_says_which_switch(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange, scope: str
) -> None:
    halt(bot, scope, clock)
    set_market("99")
    decision = tick(bot, clock)
    assert (decision.action, decision.code) == ("skip", "entries_halted")
    assert (decision.details["scope"], decision.details["by"]) == (scope, "operator")
    assert (decision.details["reason"], exchange.sends) == ("maintenance", [])
    halting.resume_as_operator(TARGETS[scope](bot))
    set_market("99")
    assert tick(bot, clock).action == "buy"


@pytest.mark.parametrize("scope", TARGETS)
def test_exits_go_on_while_entries_are_halted(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, scope: str
) -> None:
    BotConfiguration.objects.update(take_profit_percent=Decimal(5))
    set_market("99")
    tick(bot, clock)
    halt(bot, scope, clock)
    set_market("110")
    assert tick(bot, clock).action == "sell"
    assert Trade.objects.get().status == TradeStatus.CLOSED.value


@pytest.mark.parametrize("scope", TARGETS)
def test_an_entry_decided_before_the_switch_is_not_planned_after_it(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    session: FakeSession,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
    scope: str,
) -> None:
    fetch_balances = session.fetch_balances

    def halt_meanwhile() -> object:
        halt(bot, scope, clock)
        return fetch_balances()

    monkeypatch.setattr(session, "fetch_balances", halt_meanwhile)
    set_market("99")
    decision = tick(bot, clock)
    assert (decision.code, decision.details["scope"]) == ("entries_halted", scope)
    assert (Order.objects.count(), exchange.sends) == (0, [])


def test_a_key_halted_meanwhile_stops_the_entry_too(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    session: FakeSession,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fetch_balances = session.fetch_balances

    def halt_meanwhile() -> object:
        halt_key(bot.exchange_key, "order_adopted", clock())
        return fetch_balances()

    monkeypatch.setattr(session, "fetch_balances", halt_meanwhile)
    set_market("99")
    decision = tick(bot, clock)
    assert (decision.code, decision.details["scope"]) == ("entries_halted", "key")
    assert exchange.sends == []


def test_an_entry_planned_before_the_switch_is_not_sent_after_it(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mark_sending = ledger._mark_sending

    def halt_meanwhile(*arguments: object) -> object:
        halt(bot, "user", clock)
        return mark_sending(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "_mark_sending", halt_meanwhile)
    set_market("99")
    assert tick(bot, clock).code == "entries_halted"
    assert (Order.objects.get().status, exchange.sends) == (OrderStatus.ABANDONED.value, [])


def test_an_exit_that_is_under_way_is_not_stopped(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    BotConfiguration.objects.update(take_profit_percent=Decimal(5))
    set_market("99")
    tick(bot, clock)
    place_order = ledger.place_order

    def halt_meanwhile(*arguments: object) -> object:
        halt(bot, "platform", clock)
        return place_order(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("bots.run.place_order", halt_meanwhile)
    set_market("110")
    assert tick(bot, clock).action == "sell"


def test_a_quiet_run_asks_the_switches_nothing(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    set_market("101")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        tick(bot, clock)
    assert not [query for query in asked if Halt._meta.db_table in query["sql"]]


def test_one_run_asks_once_however_many_symbols_want_to_buy(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    halt(bot, "platform", clock)
    BotConfiguration.objects.update(symbols=["BTC/USDT", "BTC/USDT"], max_open_trades=5)
    set_market("99")
    with CaptureQueriesContext(connection) as asked:
        clock.advance(1)
        engine.run_bot(bot.pk, clock(), 1, clock)
    assert len([query for query in asked if Halt._meta.db_table in query["sql"]]) == 1


def test_a_halted_bot_with_an_order_in_doubt_sells_everything_once_the_exchange_has_told(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    exchange.answer, exchange.forgets = OrderStatusUnknown("timeout"), True
    set_market("99")
    tick(bot, clock)
    halt(bot, "user", clock)
    assert services.request_close_all(bot, clock()).closing
    set_market("99")
    assert tick(bot, clock).code == "order_in_doubt"
    exchange.answer, exchange.forgets = None, False
    set_market("99")
    assert tick(bot, clock, seconds=10).code == "close_all"
    bot.refresh_from_db()
    assert (bot.status, bot.closing) == (BotStatus.STOPPED, False)
    assert Trade.objects.get().status == TradeStatus.CLOSED.value
