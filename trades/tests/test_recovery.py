"""Recovery finds out what became of an order, and never guesses."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from bots.models import BotConfiguration, BotEvent
from exchanges.errors import ExchangeError, ExchangeUnavailable, KeyRefused, OrderStatusUnknown, RateLimited
from trades import lease, sweeper
from trades.domain import OrderIntent, OrderStatus
from trades.ledger import Placement, place_order, request_cancel
from trades.models import Fill, Lease, Order, Trade
from trades.tests.conftest import ManualClock, dead_process
from trades.tests.fake_exchange import FakeExchange, FakeSession, ProcessKilled
from users.encryption import CredentialsUnreadable
from users.models import KeyState


@pytest.fixture(autouse=True)
def same_session(session: FakeSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trades.sweeper.open_key_session", lambda _: session)


@pytest.fixture
def killed_order(
    bot: BotConfiguration,
    intent: Callable[..., OrderIntent],
    placement: Placement,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> Callable[[bool], Order]:
    """An order whose sender was killed before it read the answer; it was executed or not."""

    def place(executed: bool) -> Order:
        held = lease.take(bot.pk, clock())
        assert held is not None
        exchange.executes, exchange.answer = executed, ProcessKilled()
        with pytest.raises(ProcessKilled):
            place_order(intent(), placement, held, session, clock)  # type: ignore[arg-type]  # the fake offers the same
        return Order.objects.get()

    return place


def recover_later(order: Order, clock: ManualClock, seconds: float) -> str:
    clock.advance(seconds)
    sweeper.recover_bot(order.bot_id, clock)
    order.refresh_from_db()
    return order.status


def test_an_executed_order_is_adopted_with_its_fills_once_the_sender_is_gone(
    killed_order: Callable[[bool], Order], clock: ManualClock
) -> None:
    order = killed_order(True)
    assert recover_later(order, clock, 1) == OrderStatus.SENDING.value
    assert recover_later(order, clock, 60) == OrderStatus.FILLED.value
    assert recover_later(order, clock, 60) == OrderStatus.FILLED.value
    assert Fill.objects.count() == 1
    assert Trade.objects.get().held_quantity == Decimal("0.2997")


def test_an_order_the_exchange_does_not_know_is_given_up_only_after_three_late_answers(
    killed_order: Callable[[bool], Order], clock: ManualClock
) -> None:
    order = killed_order(False)
    statuses = [recover_later(order, clock, 50) for _ in range(3)]
    assert statuses == [OrderStatus.UNKNOWN.value] * 2 + [OrderStatus.NEVER_PLACED.value]


def test_an_early_not_found_does_not_count_for_good(
    bot: BotConfiguration,
    intent: Callable[..., OrderIntent],
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    exchange.executes, exchange.answer = False, OrderStatusUnknown("504")
    order = place_order(intent(), placement, held, session, clock)  # type: ignore[arg-type]  # the fake offers the same
    lease.release(held)
    statuses = [recover_later(order, clock, 6) for _ in range(7)]
    assert set(statuses) == {OrderStatus.UNKNOWN.value}
    assert recover_later(order, clock, 20) == OrderStatus.NEVER_PLACED.value


def test_an_order_found_after_it_was_given_up_is_adopted_and_halts_the_key(
    killed_order: Callable[[bool], Order], exchange: FakeExchange, clock: ManualClock
) -> None:
    exchange.forgets = True
    order = killed_order(True)
    for _ in range(3):
        recover_later(order, clock, 50)
    assert order.status == OrderStatus.NEVER_PLACED.value
    exchange.forgets = False
    assert recover_later(order, clock, 301) == OrderStatus.FILLED.value
    order.exchange_key.refresh_from_db()
    assert order.exchange_key.halted_at is not None
    assert BotEvent.objects.filter(kind="order_adopted").count() == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ExchangeUnavailable("connection refused"), "no_answer"),
        (RateLimited("slow down", "-1003", 60), "rate_limited"),
        (KeyRefused("Invalid API-key", "-2015"), "key_refused"),
    ],
)
def test_a_held_order_keeps_why_it_cannot_be_asked_for(
    killed_order: Callable[[bool], Order],
    exchange: FakeExchange,
    clock: ManualClock,
    error: ExchangeError,
    code: str,
) -> None:
    order = killed_order(True)
    exchange.lookup_error = error
    assert recover_later(order, clock, 3600) == OrderStatus.HELD.value
    assert order.refusal_code == code
    assert BotEvent.objects.get(kind="order_held").details["code"] == code


def test_an_order_whose_key_cannot_be_decrypted_is_held_for_that(
    killed_order: Callable[[bool], Order], clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = killed_order(True)

    def fail(_: object) -> None:
        raise CredentialsUnreadable

    monkeypatch.setattr("trades.sweeper.open_key_session", fail)
    assert recover_later(order, clock, 3600) == OrderStatus.HELD.value
    assert order.refusal_code == "key_unreadable"


def test_an_exchange_that_cannot_be_asked_holds_the_order_for_as_long_as_it_takes(
    killed_order: Callable[[bool], Order], exchange: FakeExchange, clock: ManualClock
) -> None:
    order = killed_order(True)
    exchange.lookup_error = ExchangeUnavailable("connection refused")
    assert {recover_later(order, clock, 3600) for _ in range(30)} == {OrderStatus.HELD.value}
    assert BotEvent.objects.filter(kind="order_held").count() == 1
    exchange.lookup_error = None
    assert recover_later(order, clock, 121) == OrderStatus.FILLED.value
    assert (order.refusal_code, order.refusal_reason) == ("", "")


def test_a_planned_order_whose_sender_is_gone_was_provably_never_sent(
    bot: BotConfiguration,
    intent: Callable[..., OrderIntent],
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(*_: object) -> None:
        raise ProcessKilled

    monkeypatch.setattr("trades.ledger._mark_sending", die)
    with pytest.raises(ProcessKilled):
        place_order(intent(), placement, held, session, clock)  # type: ignore[arg-type]  # the fake offers the same
    assert recover_later(Order.objects.get(), clock, 60) == OrderStatus.ABANDONED.value
    assert exchange.sends == []


def test_late_fills_are_imported_until_they_add_up(
    intent: Callable[..., OrderIntent],
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    exchange.parts, exchange.reports_parts = 3, 0
    order = place_order(intent(), placement, held, session, clock)  # type: ignore[arg-type]  # the fake offers the same
    lease.release(held)
    seen = []
    for reported in (1, 2, 3):
        exchange.reports_parts = reported
        seen.append(recover_later(order, clock, 10))
    assert seen == [OrderStatus.PARTIAL.value, OrderStatus.PARTIAL.value, OrderStatus.FILLED.value]
    assert Trade.objects.get().quantity == Decimal("0.2997")


def test_nobody_recovers_a_bot_that_somebody_runs(
    bot: BotConfiguration, killed_order: Callable[[bool], Order], clock: ManualClock
) -> None:
    order = killed_order(True)
    clock.advance(100)
    assert lease.take(bot.pk, clock()) is not None
    assert sweeper.recover_bot(bot.pk, clock) == 0
    order.refresh_from_db()
    assert order.status == OrderStatus.SENDING.value


def test_an_order_of_a_dead_process_is_looked_up_at_once(
    killed_order: Callable[[bool], Order], clock: ManualClock
) -> None:
    order = killed_order(True)
    Lease.objects.update(holder=f"{lease._host()}:{dead_process()}")
    assert sweeper.bots_to_recover(clock()) == [order.bot_id]
    assert recover_later(order, clock, 1) == OrderStatus.FILLED.value


def test_an_early_look_at_a_dead_processs_order_does_not_give_it_up_early(
    killed_order: Callable[[bool], Order], clock: ManualClock
) -> None:
    order = killed_order(False)
    Lease.objects.update(holder=f"{lease._host()}:{dead_process()}")
    sweeper.bots_to_recover(clock())
    assert {recover_later(order, clock, 6) for _ in range(8)} == {OrderStatus.UNKNOWN.value}
    assert recover_later(order, clock, 6) == OrderStatus.NEVER_PLACED.value


@pytest.fixture
def resting_order(
    intent: Callable[..., OrderIntent],
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> Order:
    """An entry that the exchange took and has filled a third of."""
    exchange.parts, exchange.rests_after = 3, 1
    order = place_order(intent(), placement, held, session, clock)  # type: ignore[arg-type]  # the fake offers the same
    lease.release(held)
    assert order.status == OrderStatus.PARTIAL.value
    return order


def test_a_resting_order_is_cancelled_when_that_is_asked_and_keeps_what_was_filled(
    resting_order: Order, clock: ManualClock
) -> None:
    assert recover_later(resting_order, clock, 3) == OrderStatus.PARTIAL.value
    assert request_cancel(Order.objects.all(), clock()) == 1
    assert request_cancel(Order.objects.all(), clock()) == 0
    assert recover_later(resting_order, clock, 0) == OrderStatus.CANCELED.value
    assert resting_order.filled_quantity == Decimal("0.1")
    assert Trade.objects.get().status == "OPEN"
    assert BotEvent.objects.filter(kind="order_ended_early").count() == 1


def test_an_entry_that_rests_too_long_is_cancelled(resting_order: Order, clock: ManualClock) -> None:
    assert recover_later(resting_order, clock, 50) == OrderStatus.PARTIAL.value
    assert recover_later(resting_order, clock, 20) == OrderStatus.CANCELED.value


def test_a_fill_that_wins_the_race_against_the_cancel_counts(
    resting_order: Order, exchange: FakeExchange, clock: ManualClock
) -> None:
    exchange.fills_before_cancel = True
    request_cancel(Order.objects.all(), clock())
    assert recover_later(resting_order, clock, 0) == OrderStatus.FILLED.value
    assert Fill.objects.count() == 3


def test_a_cancel_whose_answer_never_came_is_found_out_by_looking(
    resting_order: Order, exchange: FakeExchange, clock: ManualClock
) -> None:
    exchange.cancel_answer = ExchangeUnavailable("connection reset")
    request_cancel(Order.objects.all(), clock())
    assert recover_later(resting_order, clock, 0) == OrderStatus.PARTIAL.value
    exchange.cancel_answer = None
    assert recover_later(resting_order, clock, 20) == OrderStatus.CANCELED.value
    assert len(exchange.cancels) == 1


def test_a_key_that_is_refused_while_an_order_is_in_doubt_holds_the_order_and_pauses_its_bots(
    killed_order: Callable[[bool], Order], exchange: FakeExchange, clock: ManualClock
) -> None:
    order = killed_order(True)
    exchange.lookup_error = KeyRefused("Invalid API-key", "-2015")
    assert recover_later(order, clock, 60) == OrderStatus.HELD.value
    order.exchange_key.refresh_from_db()
    assert order.exchange_key.state == KeyState.INVALID
    exchange.lookup_error = None
    assert recover_later(order, clock, 121) == OrderStatus.FILLED.value


def test_a_given_up_entry_that_still_moves_waits_until_the_one_that_replaced_it_has_ended(
    killed_order: Callable[[bool], Order], exchange: FakeExchange, clock: ManualClock
) -> None:
    order = killed_order(True)
    exchange.forgets = True
    while recover_later(order, clock, 20) != OrderStatus.NEVER_PLACED.value:
        clock.advance(1)
    replacing = Order.objects.get(pk=order.pk)
    replacing.pk, replacing.status = None, OrderStatus.HELD.value
    replacing.client_order_id, replacing.decision_key = "cdmtests1replacing", "replacing"
    replacing.next_look_at = clock() + timedelta(days=1)
    replacing.save()
    exchange.forgets, exchange.reports_parts = False, 0
    assert recover_later(order, clock, 310) == OrderStatus.NEVER_PLACED.value
    order.exchange_key.refresh_from_db()
    assert order.exchange_key.halted_at is not None
    Order.objects.filter(pk=replacing.pk).update(status=OrderStatus.REJECTED.value)
    assert recover_later(order, clock, 20) == OrderStatus.OPEN.value
    exchange.reports_parts = None
    assert recover_later(order, clock, 20) == OrderStatus.FILLED.value
