"""What one more order may spend of an account that several bots and their owner share."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bots.models import BotConfiguration
from exchanges.domain import Side
from trades import lease
from trades.domain import Leg, OrderIntent, OrderStatus
from trades.funds import Funds, FundsTaken, Left, Reading, left_for, read_asset
from trades.ledger import Placement, place_order
from trades.models import Order, Trade
from trades.tests.conftest import ManualClock
from trades.tests.fake_exchange import AT, FakeExchange, FakeSession

BEFORE, AFTER = AT - timedelta(seconds=2), AT + timedelta(seconds=2)


def reading(asset: str, free: str, locked: str = "0") -> Reading:
    return Reading(asset, Decimal(free), Decimal(free) + Decimal(locked), AT)


@pytest.fixture
def order(bot: BotConfiguration) -> Callable[..., Order]:
    """An order of the key for 0.1 BTC at 1,000 USDT; a purchase costs 100.5 USDT at most."""

    def make(side: Side, status: OrderStatus, ended: Any = None, **changes: Any) -> Order:
        number = Order.objects.count()
        values = {
            "symbol": "BTC/USDT",
            "base": "BTC",
            "quote": "USDT",
            "type": "market",
            "leg": "entry" if side is Side.BUY else "exit",
            "reason": "below_average",
            "quantity": Decimal("0.1"),
            "filled_quantity": Decimal("0.1") if ended else Decimal(0),
            "reference_price": Decimal(1000),
            "client_order_id": f"client-{number}",
            "decision_key": f"tick-{number}",
            "lease_token": 1,
            "lease_until": AT,
            "lot_size": Decimal("0.00001"),
            "display_currency": "BRL",
            "created_at": BEFORE,
            "resolved_at": ended,
        }
        return Order.objects.create(
            owner=bot.owner,
            bot=bot,
            exchange_key=bot.exchange_key,
            side=side.value,
            status=status.value,
            **{**values, **changes},
        )

    return make


def hold(bot: BotConfiguration, quantity: str, symbol: str = "BTC/USDT") -> Trade:
    base, _, quote = symbol.partition("/")
    return Trade.objects.create(
        owner=bot.owner,
        bot=bot,
        exchange_key=bot.exchange_key,
        symbol=symbol,
        base=base,
        quote=quote,
        opened_at=BEFORE,
        held_quantity=Decimal(quantity),
        lot_size=Decimal("0.00001"),
        display_currency="BRL",
    )


def left(bot: BotConfiguration, balance: Reading, leg: Leg, trade: Trade | None = None) -> Left:
    return left_for(balance, bot.exchange_key, leg, trade.pk if trade else None)


def test_without_other_orders_all_that_is_free_may_be_spent(bot: BotConfiguration) -> None:
    found = left(bot, reading("USDT", "300", "50"), Leg.ENTRY)
    assert (found.free, found.there, found.amount) == (Decimal(300), Decimal(350), Decimal(300))


@pytest.mark.parametrize(
    ("status", "ended", "amount"),
    [
        (OrderStatus.PLANNED, None, "199.5"),
        (OrderStatus.SENDING, None, "199.5"),
        (OrderStatus.UNKNOWN, None, "199.5"),
        (OrderStatus.HELD, None, "199.5"),
        (OrderStatus.FILLED, AFTER, "199.5"),
        (OrderStatus.FILLED, BEFORE, "300"),
        (OrderStatus.REJECTED, AFTER, "300"),
        (OrderStatus.NEVER_PLACED, AFTER, "300"),
    ],
)
def test_an_entry_leaves_what_another_entry_takes_or_may_have_taken_since_the_reading(
    bot: BotConfiguration,
    order: Callable[..., Order],
    status: OrderStatus,
    ended: Any,
    amount: str,
) -> None:
    order(Side.BUY, status, ended)
    assert left(bot, reading("USDT", "300"), Leg.ENTRY).amount == Decimal(amount)


def test_an_entry_does_not_pay_with_coins_that_another_bot_bought(bot: BotConfiguration) -> None:
    hold(bot, "0.8")
    assert left(bot, reading("BTC", "1"), Leg.ENTRY).amount == Decimal("0.2")


def test_an_exit_leaves_what_other_trades_hold(bot: BotConfiguration) -> None:
    mine = hold(bot, "0.3", "BTC/BRL")
    hold(bot, "0.8")
    assert left(bot, reading("BTC", "1"), Leg.EXIT, mine).amount == Decimal("0.2")
    assert left(bot, reading("BTC", "0.5"), Leg.EXIT, mine).amount == Decimal(0)


def test_an_exit_sells_nothing_that_is_locked(bot: BotConfiguration) -> None:
    mine = hold(bot, "0.3")
    found = left(bot, reading("BTC", "0.1", "0.9"), Leg.EXIT, mine)
    assert (found.amount, found.there) == (Decimal("0.1"), Decimal(1))


def test_an_exit_does_not_wait_for_another_bots_sale_that_stays_in_doubt(
    bot: BotConfiguration, order: Callable[..., Order]
) -> None:
    mine, others = hold(bot, "0.1", "BTC/BRL"), hold(bot, "0.1")
    order(Side.SELL, OrderStatus.HELD, trade=others)
    assert left(bot, reading("BTC", "0.1"), Leg.EXIT, mine).amount == Decimal("0.1")


def test_an_exit_leaves_what_another_sale_takes_just_now(
    bot: BotConfiguration, order: Callable[..., Order]
) -> None:
    mine, others = hold(bot, "0.1", "BTC/BRL"), hold(bot, "0.1")
    sale = order(Side.SELL, OrderStatus.SENDING, trade=others)
    assert left(bot, reading("BTC", "0.15"), Leg.EXIT, mine).amount == Decimal("0.05")
    Trade.objects.filter(pk=others.pk).update(status="CLOSED", held_quantity=0)
    Order.objects.filter(pk=sale.pk).update(
        status="FILLED", resolved_at=AFTER, filled_quantity=Decimal("0.1")
    )
    assert left(bot, reading("BTC", "0.15"), Leg.EXIT, mine).amount == Decimal("0.05")


def test_an_order_whose_funds_are_taken_is_not_even_planned(
    bot: BotConfiguration,
    intent: Callable[..., OrderIntent],
    placement: Placement,
    held: lease.Held,
    session: FakeSession,
    exchange: FakeExchange,
    clock: ManualClock,
) -> None:
    second = BotConfiguration.objects.create(
        owner=bot.owner, name="second", exchange_key=bot.exchange_key, capital=Decimal(100)
    )
    also_held = lease.take(second.pk, clock())
    assert also_held is not None
    exchange.free = {"USDT": Decimal(50)}
    balance = read_asset(session.fetch_balances(), "USDT", clock())
    funds = Funds(balance, Decimal("30.15"))
    clock.advance(1)
    place_order(intent(), placement, held, session, clock, funds)  # type: ignore[arg-type]  # the fake offers the same
    with pytest.raises(FundsTaken) as taken:
        other = replace(placement, bot_id=second.pk)
        place_order(intent(), other, also_held, session, clock, funds)  # type: ignore[arg-type]  # the fake offers the same
    assert taken.value.left == Decimal("19.85")
    assert (Order.objects.count(), len(exchange.sends)) == (1, 1)
