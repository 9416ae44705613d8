"""What a bot does when its owner trades on the same account by hand, or another bot does."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from bots import engine, services
from bots.decisions import Decision
from bots.models import BotConfiguration, BotEvent
from bots.tests.conftest import SetMarket
from bots.tests.test_engine import tick
from bots.wording import describe_decision, describe_event
from exchanges.errors import OrderRefused, OrderStatusUnknown
from saas.redis import get_redis, key
from tests.cast import make_key
from trades import coverage, lease
from trades.domain import Leg, OrderStatus, TradeStatus
from trades.models import Order, Trade
from trades.sweeper import recover_bot
from trades.tests.conftest import ManualClock
from trades.tests.fake_exchange import FakeExchange, FakeSession

pytestmark = pytest.mark.usefixtures("engine_session")


@pytest.fixture
def trade(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    exchange: FakeExchange,
    session: FakeSession,
    monkeypatch: pytest.MonkeyPatch,
) -> Trade:
    """A position whose coins are all in the account, and whose stop loss is 5 % below its entry."""
    monkeypatch.setattr("trades.coverage.open_key_session", lambda _: session)
    BotConfiguration.objects.update(stop_loss_percent=Decimal(5))
    set_market("99")
    tick(bot, clock)
    trade = Trade.objects.get()
    exchange.free["BTC"] = trade.held_quantity
    return trade


def stop_out(bot: BotConfiguration, clock: ManualClock, set_market: SetMarket) -> Decision:
    """A tick far below the stop."""
    set_market("90")
    return tick(bot, clock)


def end_pause(bot: BotConfiguration, leg: Leg = Leg.EXIT) -> int:
    """Let the pause of a leg be over; how many seconds it had to go. Redis counts them by its own clock."""
    name = key(f"cooldown:{bot.pk}:BTC/USDT:{leg.value}")
    seconds = int(get_redis().ttl(name))
    get_redis().delete(name)
    return seconds


def test_coins_in_the_owners_open_orders_are_left_alone_and_the_sale_waits_for_seconds(
    bot: BotConfiguration, trade: Trade, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    exchange.free["BTC"], exchange.locked["BTC"] = Decimal(0), trade.held_quantity
    decision = stop_out(bot, clock, set_market)
    assert (decision.action, decision.code) == ("skip", "coins_locked")
    with override("en"):
        assert "open orders of your own" in describe_decision(decision.code, decision.details)
    for _ in range(3):
        assert stop_out(bot, clock, set_market).code == "coins_locked"
        assert 0 < end_pause(bot) <= 5
    assert len(exchange.sends) == 1
    [event] = BotEvent.objects.filter(kind="coins_locked")
    with override("pt-br"):
        assert "ordens abertas suas" in describe_event(event.kind, event.details)
    exchange.free, exchange.locked = {"BTC": trade.held_quantity}, {}
    assert stop_out(bot, clock, set_market).action == "sell"
    trade.refresh_from_db()
    assert trade.status == TradeStatus.CLOSED.value


def test_what_is_free_is_sold_when_that_can_be_placed(
    bot: BotConfiguration, trade: Trade, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    exchange.free["BTC"], exchange.locked["BTC"] = Decimal("0.1"), trade.held_quantity - Decimal("0.1")
    assert stop_out(bot, clock, set_market).action == "sell"
    assert Order.objects.get(leg="exit").quantity == Decimal("0.1")
    held = trade.held_quantity
    trade.refresh_from_db()
    assert (trade.status, trade.held_quantity) == (TradeStatus.OPEN.value, held - Decimal("0.1"))


def test_missing_coins_are_looked_at_with_the_next_cycle_and_the_rest_is_sold_after_the_correction(
    bot: BotConfiguration, trade: Trade, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    held = trade.held_quantity
    coverage.keys_to_look_at(clock())
    clock.advance(60)
    coverage.keys_to_look_at(clock())
    exchange.free["BTC"] = Decimal(0)
    assert stop_out(bot, clock, set_market).code == "coins_missing"
    exchange.free["BTC"] = Decimal("0.1")
    assert coverage.keys_to_look_at(clock()) == [bot.exchange_key_id]
    for _ in range(2):
        coverage.look_at_key(bot.exchange_key_id, clock)
        clock.advance(5)
    end_pause(bot)
    trade.refresh_from_db()
    assert (trade.held_quantity, trade.corrected_quantity) == (Decimal("0.1"), held - Decimal("0.1"))
    assert stop_out(bot, clock, set_market).action == "sell"
    trade.refresh_from_db()
    assert trade.status == TradeStatus.CLOSED.value
    assert len(exchange.sends) == 2


def test_a_bot_does_not_sell_what_another_bot_of_the_account_bought(
    bot: BotConfiguration, trade: Trade, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    Trade.objects.create(
        owner=bot.owner,
        bot=BotConfiguration.objects.create(
            owner=bot.owner, name="other", exchange_key=bot.exchange_key, capital=1
        ),
        exchange_key=bot.exchange_key,
        symbol="BTC/USDT",
        base="BTC",
        quote="USDT",
        opened_at=clock(),
        held_quantity=trade.held_quantity,
        lot_size=trade.lot_size,
        display_currency="BRL",
    )
    # The owner moved as much as one of the two bought; whose it was is not known yet.
    assert stop_out(bot, clock, set_market).code == "coins_missing"
    assert len(exchange.sends) == 1


def test_an_exit_refused_for_want_of_balance_is_tried_again_within_seconds_and_told_once(
    bot: BotConfiguration, trade: Trade, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    coverage.keys_to_look_at(clock())
    exchange.executes = False
    exchange.answer = OrderRefused("Account has insufficient balance for requested action.", "-2010")
    assert stop_out(bot, clock, set_market).code == "order_refused"
    assert coverage.keys_to_look_at(clock()) == [bot.exchange_key_id]
    for _ in range(3):
        assert 0 < end_pause(bot) <= 60
        assert stop_out(bot, clock, set_market).code == "order_refused"
    assert Order.objects.filter(leg="exit").count() == 4
    assert BotEvent.objects.filter(kind="order_refused").count() == 1
    exchange.executes, exchange.answer = True, None
    end_pause(bot)
    assert stop_out(bot, clock, set_market).action == "sell"


def test_two_bots_on_one_account_do_not_both_spend_the_same_dollars(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    session: FakeSession,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = BotConfiguration.objects.create(
        owner=bot.owner,
        name="other",
        exchange_key=bot.exchange_key,
        symbols=bot.symbols,
        capital=bot.capital,
        parameters=bot.parameters,
        status=bot.status,
    )
    exchange.free = {"USDT": Decimal(30)}  # each wants 20
    fetch = session.fetch_balances
    ran: list[bool] = []

    def let_the_other_buy_meanwhile() -> Any:
        balances = fetch()
        if not ran:
            ran.append(True)
            clock.advance(0.01)
            assert engine.run_bot(other.pk, clock(), 1, clock)
            clock.advance(0.01)
        return balances

    monkeypatch.setattr(session, "fetch_balances", let_the_other_buy_meanwhile)
    set_market("99")
    decision = tick(bot, clock)
    assert (decision.action, decision.code) == ("skip", "insufficient_balance")
    assert Decimal(decision.details["free"]) < 11
    assert [order.bot_id for order in Order.objects.all()] == [other.pk]
    exchange.free = {"USDT": Decimal(30)}
    set_market("99")
    assert 0 < end_pause(bot, Leg.ENTRY) <= 10
    assert tick(bot, clock).action == "buy"


def test_an_entry_and_an_exit_read_the_account_once_each(
    bot: BotConfiguration,
    trade: Trade,
    clock: ManualClock,
    set_market: SetMarket,
    session: FakeSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, fetch = [], session.fetch_balances

    def count() -> Any:
        asked.append(True)
        return fetch()

    monkeypatch.setattr(session, "fetch_balances", count)
    assert stop_out(bot, clock, set_market).action == "sell"
    assert len(asked) == 1  # before the order
    set_market("99")
    tick(bot, clock)
    assert len(asked) == 2


def test_a_quiet_run_asks_the_database_as_little_as_ever(
    bot: BotConfiguration,
    trade: Trade,
    clock: ManualClock,
    set_market: SetMarket,
    django_assert_max_num_queries: Any,
) -> None:
    set_market("99")
    with django_assert_max_num_queries(4):
        assert tick(bot, clock).action == "hold"


def test_a_run_that_meets_the_coverage_at_its_bot_is_dropped_and_nothing_else(
    bot: BotConfiguration, trade: Trade, clock: ManualClock, set_market: SetMarket
) -> None:
    held = lease.take(bot.pk, clock())
    assert held is not None
    set_market("90")
    assert not engine.run_bot(bot.pk, clock(), 1, clock)
    lease.release(held)
    assert Order.objects.filter(status=OrderStatus.FILLED.value).count() == 1


def test_a_lost_purchase_that_turns_up_after_a_change_of_key_is_sold_with_its_own_key_or_not_at_all(
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    exchange: FakeExchange,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "_check", lambda *_: None)
    BotConfiguration.objects.update(stop_loss_percent=Decimal(5))
    own, other = bot.exchange_key, make_key(bot.owner)
    exchange.answer, exchange.forgets = OrderStatusUnknown("no answer"), True
    set_market("99")
    tick(bot, clock)
    for _ in range(5):
        clock.advance(20)
        recover_bot(bot.pk, clock)
    assert Order.objects.get().status == OrderStatus.NEVER_PLACED.value
    bot.refresh_from_db()
    bot = services.update_bot(bot, {"exchange_key": other}, clock())
    exchange.answer, exchange.forgets = None, False
    clock.advance(400)
    recover_bot(bot.pk, clock)
    assert Trade.objects.get().exchange_key == own
    decision = stop_out(bot, clock, set_market)
    assert (decision.action, decision.code) == ("skip", "other_key")
    bot = services.update_bot(bot, {"exchange_key": own}, clock())
    assert stop_out(bot, clock, set_market).action == "sell"
    assert [order.exchange_key for order in Order.objects.order_by("pk")] == [own, own]
