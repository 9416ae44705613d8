"""Placing an order: what is committed before, what every kind of answer leaves behind, and what is never sent."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from bots.models import BotConfiguration
from exchanges.domain import Side
from exchanges.errors import OrderRefused, OrderStatusUnknown
from trades import lease
from trades.domain import Leg, OrderIntent, OrderStatus, Reason, TradeStatus
from trades.ledger import AlreadyDecided, Placement, new_client_order_id, place_order
from trades.models import Order, Trade
from trades.tests.conftest import ManualClock
from trades.tests.fake_exchange import FakeExchange, FakeSession, ProcessKilled

MakeIntent = Callable[..., OrderIntent]


def place(
    intent: OrderIntent, placement: Placement, held: lease.Held, session: FakeSession, clock: ManualClock
) -> Order:
    return place_order(intent, placement, held, session, clock)  # type: ignore[arg-type]  # the fake offers the same


def test_a_filled_buy_opens_a_trade_with_the_fee_taken_from_the_base(
    intent: MakeIntent, placement: Placement, held: lease.Held, session: FakeSession, clock: ManualClock
) -> None:
    order = place(intent(), placement, held, session, clock)
    trade = Trade.objects.get()
    assert order.status == OrderStatus.FILLED.value
    assert order.trade_id == trade.pk
    assert (trade.quantity, trade.cost, trade.entry_price) == (Decimal("0.2997"), Decimal(30), Decimal(100))
    assert trade.status == TradeStatus.OPEN.value


@pytest.mark.parametrize("parts", [1, 3])
def test_what_is_told_with_the_acknowledgement_is_not_asked_again(
    intent: MakeIntent,
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
    parts: int,
) -> None:
    exchange.tells, exchange.parts = True, parts
    order = place(intent(), placement, held, session, clock)
    assert order.status == OrderStatus.FILLED.value
    assert (Trade.objects.get().quantity, order.fills.count()) == (Decimal("0.2997"), parts)
    assert exchange.lookups == 0


def test_what_is_told_in_part_is_asked_for(
    intent: MakeIntent,
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    exchange.tells, exchange.parts, exchange.reports_parts = True, 3, 2
    order = place(intent(), placement, held, session, clock)
    assert (order.status, order.fills.count(), exchange.lookups) == (OrderStatus.PARTIAL.value, 2, 1)


def test_the_intent_is_committed_as_sending_before_anything_is_sent(
    intent: MakeIntent,
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    seen: list[str] = []
    exchange.during_send = lambda: seen.extend(Order.objects.values_list("status", flat=True))
    place(intent(), placement, held, session, clock)
    assert seen == [OrderStatus.SENDING.value]


def test_a_sale_realises_the_exact_result_in_quote_and_in_reais(
    intent: MakeIntent,
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    place(intent(), placement, held, session, clock)
    exchange.price = Decimal(110)
    trade = Trade.objects.get()
    sale = intent(
        side=Side.SELL,
        leg=Leg.EXIT,
        reason=Reason.TAKE_PROFIT,
        quantity=Decimal("0.2997"),
        decision_key="tick-2",
        trade_id=trade.pk,
    )
    place(sale, placement, held, session, clock)
    trade.refresh_from_db()
    assert trade.status == TradeStatus.CLOSED.value
    assert trade.realised_pnl == Decimal("32.967") - Decimal("0.032967") - Decimal(30)
    assert trade.realised_pnl_display == trade.realised_pnl * Decimal("5.4")
    assert trade.exit_reason == "take_profit"


def test_what_is_below_the_lot_size_after_the_sale_stays_as_dust_with_its_cost(
    intent: MakeIntent, placement: Placement, held: lease.Held, session: FakeSession, clock: ManualClock
) -> None:
    place(intent(quantity=Decimal("0.12345")), placement, held, session, clock)
    trade = Trade.objects.get()
    assert trade.held_quantity == Decimal("0.12332655")
    sale = intent(
        side=Side.SELL, leg=Leg.EXIT, quantity=Decimal("0.12332"), decision_key="tick-2", trade_id=trade.pk
    )
    place(sale, placement, held, session, clock)
    trade.refresh_from_db()
    assert trade.status == TradeStatus.CLOSED.value
    assert trade.dust == Decimal("0.00000655")
    assert trade.dust_cost + (trade.proceeds - trade.realised_pnl) == trade.cost


def test_a_refusal_is_final_and_opens_nothing(
    intent: MakeIntent,
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    exchange.executes, exchange.answer = False, OrderRefused("insufficient balance", "-2010")
    order = place(intent(), placement, held, session, clock)
    assert (order.status, order.refusal_code) == (OrderStatus.REJECTED.value, "-2010")
    assert not Trade.objects.exists()


def test_silence_leaves_the_order_in_doubt_and_blocks_another_entry(
    intent: MakeIntent,
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    exchange.answer = OrderStatusUnknown("timeout")
    assert place(intent(), placement, held, session, clock).status == OrderStatus.UNKNOWN.value
    with pytest.raises(AlreadyDecided):
        place(intent(decision_key="tick-2"), placement, held, session, clock)
    assert len(exchange.sends) == 1


def test_a_repeated_message_places_nothing(
    intent: MakeIntent,
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    place(intent(), placement, held, session, clock)
    with pytest.raises(AlreadyDecided):
        place(intent(), placement, held, session, clock)
    assert len(exchange.sends) == 1


def test_a_process_whose_lease_was_taken_sends_nothing(
    bot: BotConfiguration,
    intent: MakeIntent,
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    clock.advance(lease.LEASE_TIME.total_seconds() + 1)
    assert lease.take(bot.pk, clock()) is not None
    with pytest.raises(lease.LeaseLost):
        place(intent(), placement, held, session, clock)
    assert exchange.sends == []


def test_a_process_killed_after_the_send_leaves_the_order_sending(
    intent: MakeIntent,
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    exchange.answer = ProcessKilled()
    with pytest.raises(ProcessKilled):
        place(intent(), placement, held, session, clock)
    assert Order.objects.get().status == OrderStatus.SENDING.value


def test_fills_that_the_exchange_reports_late_keep_the_order_open(
    intent: MakeIntent,
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    exchange.parts, exchange.reports_parts = 3, 1
    order = place(intent(), placement, held, session, clock)
    assert (order.status, order.filled_quantity) == (OrderStatus.PARTIAL.value, Decimal("0.1"))
    assert Trade.objects.get().quantity == Decimal("0.0999")


def test_client_order_ids_are_fresh_and_fit_every_exchange() -> None:
    ids = {new_client_order_id(7) for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(len(one) == 30 and one.isalnum() and one.startswith("cdmtests100007") for one in ids)
