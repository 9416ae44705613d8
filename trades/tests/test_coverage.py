"""Positions whose coins left the account by hand: seen twice, corrected once, told, and nothing sold for it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest

from bots.models import BotConfiguration, BotEvent
from exchanges.domain import Balance, Environment, Side, Venue
from exchanges.errors import ExchangeUnavailable, OrderStatusUnknown
from trades import coverage, coverage_schedule, lease, sweeper
from trades.coverage import keys_to_look_at, look_at_key
from trades.domain import Leg, OrderIntent, OrderStatus, TradeStatus
from trades.ledger import Placement, place_order
from trades.models import Fill, Order, PositionCorrection, Trade
from trades.tests.conftest import BTC, ManualClock
from trades.tests.fake_exchange import FakeExchange, FakeSession

PAPER = Venue("binance", Environment.PAPER)
BOUGHT = Decimal("0.2997")

Buy = Callable[..., Trade]


@pytest.fixture(autouse=True)
def same_session(session: FakeSession, redis: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trades.coverage.open_key_session", lambda _: session)
    monkeypatch.setattr("trades.sweeper.open_key_session", lambda _: session)


@pytest.fixture
def buy(
    bot: BotConfiguration,
    intent: Callable[..., OrderIntent],
    placement: Placement,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> Buy:
    """A bot of the key buys 0.3 BTC less its fee; its coins are in the account, and a minute goes by."""

    def place(name: str = "bot", **changes: Any) -> Trade:
        buyer = bot if name == bot.name else replace_bot(bot, name)
        held = lease.take(buyer.pk, clock())
        assert held is not None
        clock.advance(1)
        wanted = intent(decision_key=name, **changes)
        order = place_order(wanted, replace(placement, bot_id=buyer.pk), held, session, clock)  # type: ignore[arg-type]  # the fake offers the same
        lease.release(held)
        assert order.trade is not None
        trades = Trade.objects.filter(status=TradeStatus.OPEN.value)
        exchange.free["BTC"] = sum((trade.held_quantity for trade in trades), Decimal())
        clock.advance(60)
        return order.trade

    return place


def replace_bot(bot: BotConfiguration, name: str) -> BotConfiguration:
    fields = ("owner", "exchange_key", "symbols", "capital", "parameters", "status")
    return BotConfiguration.objects.create(name=name, **{field: getattr(bot, field) for field in fields})


def look(bot: BotConfiguration, clock: ManualClock, *, times: int = 1, apart: float = 5) -> int:
    """So many looks at the key; how many trades they corrected."""
    corrected = 0
    for _ in range(times):
        corrected += look_at_key(bot.exchange_key_id, clock)
        clock.advance(apart)
    return corrected


def events(bot: BotConfiguration) -> list[str]:
    kinds = ("position_corrected", "position_gone")
    return list(bot.events.filter(kind__in=kinds).values_list("kind", flat=True))


def test_coins_that_are_all_there_are_no_event(bot: BotConfiguration, buy: Buy, clock: ManualClock) -> None:
    buy()
    assert look(bot, clock, times=3) == 0
    assert not PositionCorrection.objects.exists()


def test_a_look_keeps_what_the_account_has_now(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    buy()
    exchange.free["USDT"] = Decimal("812.5")
    look(bot, clock)
    bot.exchange_key.refresh_from_db()
    assert bot.exchange_key.balances["USDT"] == {"free": "812.5", "locked": "0"}


def test_a_part_moved_away_is_taken_off_at_the_second_look_and_told(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    trade = buy()
    exchange.free["BTC"] -= Decimal("0.1")
    first_look = clock()
    assert [look(bot, clock), look(bot, clock), look(bot, clock)] == [0, 1, 0]
    trade.refresh_from_db()
    assert (trade.status, trade.held_quantity) == (TradeStatus.OPEN.value, BOUGHT - Decimal("0.1"))
    correction = PositionCorrection.objects.get()
    assert (correction.quantity, correction.left, correction.at) == (
        Decimal("0.1"),
        Decimal("0.1997"),
        first_look,
    )
    event = BotEvent.objects.get(kind="position_corrected")
    assert (event.owner_id, event.symbol) == (bot.owner_id, "BTC/USDT")
    assert event.details == {"quantity": "0.1", "base": "BTC", "left": "0.1997"}


def test_a_position_sold_by_hand_is_closed_without_a_sale(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    trade = buy()
    exchange.free["BTC"] = Decimal(0)
    assert look(bot, clock, times=3) == 1
    trade.refresh_from_db()
    assert (trade.status, trade.exit_reason, trade.held_quantity) == ("CLOSED", "manual", Decimal(0))
    assert events(bot) == ["position_gone"]
    assert len(exchange.sends) == 1


def test_coins_in_the_owners_own_open_order_are_not_missing(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    buy()
    exchange.free["BTC"], exchange.locked["BTC"] = Decimal(0), BOUGHT
    assert look(bot, clock, times=3) == 0


def test_a_balance_that_lags_behind_for_one_look_is_no_event(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    buy()
    there, exchange.free["BTC"] = exchange.free["BTC"], Decimal(0)
    look(bot, clock)
    exchange.free["BTC"] = there
    assert look(bot, clock) == 0
    exchange.free["BTC"] = Decimal(0)
    assert look(bot, clock) == 0


def test_two_looks_too_close_together_count_as_one(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    buy()
    exchange.free["BTC"] = Decimal(0)
    assert look(bot, clock, times=3, apart=1) == 0
    assert look(bot, clock) == 1


def test_less_than_a_lot_is_dust_and_no_event(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    buy()
    exchange.free["BTC"] -= Decimal("0.000009")
    assert look(bot, clock, times=3) == 0


def test_an_order_in_doubt_may_explain_what_is_missing(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    trade = buy()
    exchange.free["BTC"] = Decimal(0)
    Order.objects.update(status=OrderStatus.HELD.value)
    assert look(bot, clock, times=3) == 0
    Order.objects.update(status=OrderStatus.FILLED.value)
    assert look(bot, clock, times=3) == 1
    trade.refresh_from_db()
    assert trade.status == TradeStatus.CLOSED.value


def test_an_order_that_ended_just_before_may_not_be_in_the_balance_yet(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    buy()
    exchange.free["BTC"] = Decimal(0)
    look(bot, clock)
    Order.objects.update(resolved_at=clock() - timedelta(seconds=1))
    assert look(bot, clock) == 0


def test_trades_that_change_while_the_exchange_is_asked_are_looked_at_again(
    bot: BotConfiguration,
    buy: Buy,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trade, fetch = buy(), session.fetch_balances

    def change_and_fetch() -> dict[str, Balance]:
        Trade.objects.filter(pk=trade.pk).update(held_quantity=trade.held_quantity + clock().second)
        return fetch()

    exchange.free["BTC"] = Decimal(0)
    monkeypatch.setattr(session, "fetch_balances", change_and_fetch)
    assert look(bot, clock, times=3) == 0


def test_of_two_bots_the_newest_trade_gives_first_and_no_other_is_touched(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    older, newer = buy(), buy("second")
    exchange.free["BTC"] -= Decimal("0.1")
    assert look(bot, clock, times=3) == 1
    older.refresh_from_db()
    newer.refresh_from_db()
    assert (older.held_quantity, newer.held_quantity) == (BOUGHT, BOUGHT - Decimal("0.1"))
    assert events(bot) == []
    assert events(newer.bot) == ["position_corrected"]


def test_a_bot_that_runs_just_now_is_corrected_at_the_next_look(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    buy()
    exchange.free["BTC"] = Decimal(0)
    look(bot, clock)
    running = lease.take(bot.pk, clock())
    assert running is not None
    assert look(bot, clock) == 0
    lease.release(running)
    assert look(bot, clock) == 1


def test_coins_that_come_back_stay_their_owners(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    trade = buy()
    exchange.free["BTC"] = Decimal(0)
    look(bot, clock, times=2)
    exchange.free["BTC"] = Decimal(5)
    assert look(bot, clock, times=3) == 0
    trade.refresh_from_db()
    assert trade.status == TradeStatus.CLOSED.value


def test_an_exchange_that_does_not_answer_is_no_event(
    bot: BotConfiguration, buy: Buy, session: FakeSession, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> dict[str, Balance]:
        raise ExchangeUnavailable("timeout")

    buy()
    monkeypatch.setattr(session, "fetch_balances", fail)
    assert look(bot, clock, times=3) == 0


def test_a_sale_of_ours_in_doubt_that_turns_out_executed_is_not_manual(
    bot: BotConfiguration,
    buy: Buy,
    intent: Callable[..., OrderIntent],
    placement: Placement,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    trade = buy()
    held = lease.take(bot.pk, clock())
    assert held is not None
    exchange.answer, exchange.price = OrderStatusUnknown("timeout"), Decimal(110)
    selling = intent(side=Side.SELL, leg=Leg.EXIT, trade_id=trade.pk, quantity=BOUGHT, decision_key="sale")
    place_order(selling, placement, held, session, clock)  # type: ignore[arg-type]  # the fake offers the same
    lease.release(held)
    exchange.free["BTC"] = Decimal(0)
    assert look(bot, clock, times=3) == 0
    sweeper.recover_bot(bot.pk, clock)
    assert look(bot, clock, times=3) == 0
    trade.refresh_from_db()
    assert (trade.status, trade.corrected_quantity) == (TradeStatus.CLOSED.value, Decimal(0))
    assert trade.realised_pnl > 0


def test_a_sale_of_ours_that_a_backup_forgot_is_adopted_and_not_manual(
    bot: BotConfiguration,
    buy: Buy,
    intent: Callable[..., OrderIntent],
    placement: Placement,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trades.adoption.get_instruments", lambda _: {"BTC/USDT": BTC})
    trade = buy()
    held = lease.take(bot.pk, clock())
    assert held is not None
    selling = intent(side=Side.SELL, leg=Leg.EXIT, trade_id=trade.pk, quantity=BOUGHT, decision_key="sale")
    order = place_order(selling, placement, held, session, clock)  # type: ignore[arg-type]  # the fake offers the same
    lease.release(held)
    Fill.objects.filter(order=order).delete()
    order.delete()
    trade.save()  # as it was in the backup
    exchange.free["BTC"] = Decimal(0)
    clock.advance(60)
    assert look(bot, clock, times=3) == 0
    trade.refresh_from_db()
    assert (trade.status, trade.exit_reason, trade.corrected_quantity) == ("CLOSED", "adopted", Decimal(0))
    assert not PositionCorrection.objects.exists()


def test_an_answer_that_names_no_asset_at_all_is_believed_only_after_minutes(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    buy()
    exchange.free = {}
    assert look(bot, clock, times=5) == 0
    assert look(bot, clock, times=8, apart=15) == 1


def test_a_key_takes_its_turn_every_fifteen_seconds_and_at_once_when_coins_were_found_missing(
    bot: BotConfiguration, buy: Buy, clock: ManualClock
) -> None:
    buy()
    turns = []
    for _ in range(4):
        turns.append(keys_to_look_at(clock()))
        clock.advance(5)
    assert turns == [[bot.exchange_key_id], [], [], [bot.exchange_key_id]]
    coverage_schedule.look_soon(bot.exchange_key_id, clock())
    assert keys_to_look_at(clock()) == [bot.exchange_key_id]


def test_a_first_sighting_brings_the_next_look_forward(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, clock: ManualClock
) -> None:
    buy()
    exchange.free["BTC"] = Decimal(0)
    assert keys_to_look_at(clock()) == [bot.exchange_key_id]
    look(bot, clock)
    assert keys_to_look_at(clock()) == [bot.exchange_key_id]


def test_only_a_few_keys_of_a_venue_are_asked_at_once_and_none_waits_for_ever(
    redis: Any, clock: ManualClock
) -> None:
    keys = [(number, PAPER) for number in range(20)]
    looked = [coverage_schedule.claim_turns(keys, clock()) for _ in range(3)]
    assert [len(turns) for turns in looked] == [8, 8, 4]
    assert sorted(chain(*looked)) == list(range(20))
    other = Venue("bybit", Environment.PAPER)
    assert len(coverage_schedule.claim_turns([*keys, (99, other)], clock())) == 1


def test_nothing_is_asked_of_a_key_without_open_trades(
    bot: BotConfiguration, redis: Any, clock: ManualClock
) -> None:
    assert keys_to_look_at(clock()) == []
    assert coverage.look_at_key(bot.exchange_key_id, clock) == 0


def test_what_redis_forgot_costs_one_more_look(
    bot: BotConfiguration, buy: Buy, exchange: FakeExchange, redis: Any, clock: ManualClock
) -> None:
    buy()
    exchange.free["BTC"] = Decimal(0)
    look(bot, clock)
    redis.flushdb()
    assert [look(bot, clock), look(bot, clock)] == [0, 1]
