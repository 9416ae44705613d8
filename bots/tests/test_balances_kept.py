"""What an owner sees of the account after an order: reckoned from what was read before it and what was executed."""

from contextlib import closing
from decimal import Decimal

import pytest

from bots import engine
from bots.models import BotConfiguration
from bots.tests.conftest import SetMarket
from exchanges.domain import Balance
from exchanges.errors import OrderStatusUnknown
from trades.domain import OrderStatus
from trades.models import Order, Trade
from trades.tests.conftest import ManualClock
from trades.tests.fake_exchange import FakeExchange, FakeSession
from users.models import ExchangeAPIKey

pytestmark = pytest.mark.usefixtures("engine_session")


@pytest.fixture
def reads(session: FakeSession, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Balance]]:
    """Every balance that the exchange was asked for."""
    made: list[dict[str, Balance]] = []
    fetch = session.fetch_balances

    def note() -> dict[str, Balance]:
        made.append(fetch())
        return made[-1]

    monkeypatch.setattr(session, "fetch_balances", note)
    return made


def tick(bot: BotConfiguration, clock: ManualClock) -> None:
    clock.advance(1)
    engine.run_bot(bot.pk, clock(), 1, clock)


def kept(asset: str) -> Decimal:
    return Decimal(ExchangeAPIKey.objects.get().balances[asset]["free"])


def test_after_a_purchase_they_are_what_was_read_and_what_was_executed(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, reads: list[dict[str, Balance]]
) -> None:
    set_market("99")
    tick(bot, clock)
    trade = Trade.objects.get()
    assert kept("USDT") == 1000 - trade.cost
    assert kept("BTC") == 1 + trade.held_quantity  # the fee came off the coins
    assert len(reads) == 1


def test_after_a_sale_too(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    BotConfiguration.objects.update(take_profit_percent=Decimal(5))
    set_market("99")
    tick(bot, clock)
    exchange.free = {"USDT": Decimal(500), "BTC": Decimal(2)}
    set_market("110")
    tick(bot, clock)
    sale = Order.objects.get(leg="exit")
    assert kept("BTC") == 2 - sale.filled_quantity
    assert kept("USDT") == 500 + Trade.objects.get().proceeds


def test_an_order_in_doubt_changes_nothing_that_was_read(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, exchange: FakeExchange
) -> None:
    exchange.answer = OrderStatusUnknown("no answer")
    set_market("99")
    tick(bot, clock)
    assert Order.objects.get().status == OrderStatus.UNKNOWN.value
    assert kept("USDT") == 1000


def test_a_run_that_placed_an_order_knows_it_without_reading_it_again(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    """The next symbols of the same run see the trade or the open order."""
    from bots.run import BotRun
    from trades import lease

    set_market("99")
    held = lease.take(bot.pk, clock())
    assert held is not None
    with closing(BotRun(bot, held, clock(), clock)) as run:
        run.act_on_all()
        seen = set(run.trades), set(run.unresolved)
        run.load_positions()
        assert (set(run.trades), set(run.unresolved)) == seen == ({"BTC/USDT"}, set())
