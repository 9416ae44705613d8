"""A backup an hour old is restored: what was placed since is found, adopted and counted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from bots.models import BotConfiguration, BotEvent
from exchanges.domain import OrderRequest, OrderType, Side
from exchanges.errors import ExchangeUnavailable
from trades import lease
from trades.adoption import adopt_lost_orders, keys_to_search, search_before_first_order
from trades.domain import OrderIntent, OrderStatus
from trades.ledger import Placement, place_order
from trades.models import Fill, Order, Trade
from trades.tests.conftest import BTC, ManualClock
from trades.tests.fake_exchange import FakeExchange, FakeSession
from users.keys import release_halt


@pytest.fixture
def lost_order(
    intent: Callable[..., OrderIntent],
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The client order id of an order whose rows are gone; another one keeps the key known."""
    monkeypatch.setattr("trades.adoption.open_key_session", lambda _: session)
    monkeypatch.setattr("trades.adoption.get_instruments", lambda _: {"BTC/USDT": BTC})
    order = place_order(intent(), placement, held, session, clock)  # type: ignore[arg-type]  # the fake offers the same
    Fill.objects.all().delete()
    Order.objects.all().delete()
    Trade.objects.all().delete()
    Order.objects.create(
        owner=order.owner,
        bot=order.bot,
        exchange_key=order.exchange_key,
        symbol="BTC/USDT",
        base="BTC",
        quote="USDT",
        lot_size=BTC.lot_size,
        side="buy",
        type="market",
        leg="entry",
        reason="below_average",
        status=OrderStatus.REJECTED.value,
        quantity=1,
        reference_price=1,
        client_order_id="cdmtests100001older",
        decision_key="older",
        lease_token=1,
        lease_until=clock(),
        display_currency="BRL",
    )
    lease.release(held)
    return order.client_order_id


def test_a_lost_order_is_adopted_once_with_its_fills_and_the_key_halts(
    bot: BotConfiguration, lost_order: str, clock: ManualClock
) -> None:
    assert keys_to_search(bot.exchange_key_id % 60) == [bot.exchange_key_id]
    assert [adopt_lost_orders(bot.exchange_key_id, clock) for _ in range(2)] == [1, 0]
    order = Order.objects.get(client_order_id=lost_order)
    assert (order.status, order.bot_id) == (OrderStatus.FILLED.value, bot.pk)
    assert Trade.objects.get().held_quantity == Decimal("0.2997")
    bot.exchange_key.refresh_from_db()
    assert bot.exchange_key.halted_at is not None
    assert BotEvent.objects.filter(kind="order_adopted").count() == 1


def test_a_key_whose_ledger_was_short_is_searched_every_minute_until_somebody_has_looked(
    bot: BotConfiguration, lost_order: str, clock: ManualClock
) -> None:
    another_minute = bot.exchange_key_id % 60 + 1
    assert keys_to_search(another_minute) == []
    adopt_lost_orders(bot.exchange_key_id, clock)
    assert keys_to_search(another_minute) == [bot.exchange_key_id]
    release_halt(bot.exchange_key)
    assert keys_to_search(another_minute) == []


def test_a_bots_very_first_order_is_found_too(
    bot: BotConfiguration, lost_order: str, clock: ManualClock
) -> None:
    Order.objects.all().delete()
    assert adopt_lost_orders(bot.exchange_key_id, clock) == 1
    assert Order.objects.get().client_order_id == lost_order


def test_the_users_own_orders_are_never_touched(
    bot: BotConfiguration, lost_order: str, exchange: FakeExchange, clock: ManualClock
) -> None:
    order = exchange.orders[lost_order]
    foreign = ("web_1", "cdmothers00001ffffffffffffffff", "cdmtests1by_handffffffffffffffff")
    exchange.orders = {name: replace(order, client_order_id=name) for name in foreign}
    assert adopt_lost_orders(bot.exchange_key_id, clock) == 0
    assert Order.objects.count() == 1


def test_a_bot_that_runs_now_is_left_alone_until_the_next_search(
    bot: BotConfiguration, lost_order: str, clock: ManualClock
) -> None:
    running = lease.take(bot.pk, clock())
    assert running is not None
    assert adopt_lost_orders(bot.exchange_key_id, clock) == 0
    lease.release(running)
    assert adopt_lost_orders(bot.exchange_key_id, clock) == 1


def test_a_round_trip_that_was_lost_is_adopted_in_its_order(
    bot: BotConfiguration,
    lost_order: str,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    """The exchange may list them in any order; the sale belongs to the purchase before it."""
    sale = OrderRequest(
        "BTC/USDT", Side.SELL, OrderType.MARKET, Decimal("0.2997"), None, spoil_last(lost_order)
    )
    sold = exchange.execute(sale)
    bought = exchange.orders[lost_order]
    exchange.orders = {
        sale.client_order_id: replace(sold, created_at=bought.created_at + timedelta(minutes=1)),
        lost_order: bought,
    }
    assert adopt_lost_orders(bot.exchange_key_id, clock) == 2
    trade = Trade.objects.get()
    assert (trade.status, trade.held_quantity) == ("CLOSED", Decimal(0))


def test_before_a_bots_first_order_its_lost_ones_are_found_once(
    bot: BotConfiguration, lost_order: str, session: FakeSession, clock: ManualClock
) -> None:
    running = lease.take(bot.pk, clock())
    assert running is not None
    search = partial(search_of(bot, session), running, clock=clock)
    assert [search(), search()] == [1, 0]
    assert Trade.objects.get().held_quantity == Decimal("0.2997")
    bot.exchange_key.refresh_from_db()
    assert bot.exchange_key.halted_at is not None


def test_an_exchange_that_does_not_answer_is_asked_again_before_the_first_order(
    bot: BotConfiguration,
    lost_order: str,
    session: FakeSession,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = lease.take(bot.pk, clock())
    search = partial(search_of(bot, session), running, clock=clock)
    with monkeypatch.context() as away:
        away.setattr(session, "list_orders", raise_unavailable)
        with pytest.raises(ExchangeUnavailable):
            search()
    assert search() == 1


def spoil_last(client_order_id: str) -> str:
    return client_order_id[:-1] + ("0" if client_order_id[-1] != "0" else "1")


def search_of(bot: BotConfiguration, session: FakeSession) -> Callable[..., int]:
    def search(running: lease.Held | None, clock: ManualClock) -> int:
        assert running is not None
        return search_before_first_order(bot.exchange_key, "BTC/USDT", running, session, clock)  # type: ignore[arg-type]  # the fake offers the same

    return search


def raise_unavailable(*_: object) -> None:
    raise ExchangeUnavailable("no answer")
