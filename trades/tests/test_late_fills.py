"""A fill that arrives late lands on its own order's trade, whatever its bot has done meanwhile."""

from decimal import Decimal

import pytest

from bots.models import BotConfiguration
from exchanges.domain import Side
from trades.domain import OrderStatus, TradeStatus
from trades.models import Order, Trade
from trades.projection import close_as_dust
from trades.tests.imported_ledger import LOT, QUOTE, ImportedLedger, Placed

HUNDRED = [Decimal(100)]


@pytest.fixture
def ledger(bot: BotConfiguration) -> ImportedLedger:
    return ImportedLedger(bot)


def buy(ledger: ImportedLedger, lots: int, parts: int = 1, *, hasty: bool = False) -> Placed:
    placed = ledger.place(Side.BUY, lots * LOT, None)
    placed.hasty = hasty
    ledger.execute(placed, HUNDRED * parts, Decimal(0), QUOTE)
    return placed


def sell(ledger: ImportedLedger, lots: int, parts: int = 1) -> Placed:
    placed = ledger.place(Side.SELL, lots * LOT, ledger.open_trade())
    ledger.execute(placed, HUNDRED * parts, Decimal(0), QUOTE)
    return placed


def give_up(placed: Placed) -> None:
    Order.objects.filter(pk=placed.pk).update(status=OrderStatus.NEVER_PLACED.value)


def held(trade: Trade) -> int:
    return int(trade.held_quantity / LOT)


def test_an_entry_that_was_given_up_joins_the_trade_that_is_open_by_then(ledger: ImportedLedger) -> None:
    lost = buy(ledger, 4)
    give_up(lost)
    ledger.report_all(buy(ledger, 3))
    ledger.report_all(lost)
    (trade,) = ledger.trades()
    assert (trade.status, held(trade)) == (TradeStatus.OPEN.value, 7)
    assert ledger.order(lost).status == OrderStatus.FILLED.value


def test_an_entry_that_was_given_up_has_its_own_trade_if_none_is_open(ledger: ImportedLedger) -> None:
    lost = buy(ledger, 4)
    give_up(lost)
    ledger.report_all(buy(ledger, 3))
    ledger.report_all(sell(ledger, 3))
    ledger.report_all(lost)
    closed, opened = ledger.trades()
    assert (closed.status, held(closed)) == (TradeStatus.CLOSED.value, 0)
    assert (opened.status, held(opened)) == (TradeStatus.OPEN.value, 4)


def test_an_exit_that_was_given_up_is_counted_on_the_trade_it_was_for(ledger: ImportedLedger) -> None:
    ledger.report_all(buy(ledger, 3))
    lost = sell(ledger, 2)
    give_up(lost)
    ledger.report_all(sell(ledger, 3))
    ledger.report_all(buy(ledger, 5))
    ledger.report_all(lost)
    older, newer = ledger.trades()
    assert (older.status, held(older), older.dust) == (TradeStatus.CLOSED.value, -2, -2 * LOT)
    assert (newer.status, held(newer)) == (TradeStatus.OPEN.value, 5)


def test_a_late_entry_fill_opens_its_closed_trade_again_so_that_it_is_sold(ledger: ImportedLedger) -> None:
    bought = buy(ledger, 6, 2, hasty=True)
    ledger.report(bought, 1, bought.fills[:1])
    ledger.report_all(sell(ledger, 3))
    assert ledger.open_trade() is None
    ledger.report_all(bought)
    (trade,) = ledger.trades()
    assert (trade.status, held(trade), trade.closed_at) == (TradeStatus.OPEN.value, 3, None)
    assert trade.dust == trade.dust_cost == 0
    ledger.report_all(sell(ledger, 3))
    (trade,) = ledger.trades()
    assert (trade.status, held(trade), trade.exit_reason) == (TradeStatus.CLOSED.value, 0, "take_profit")


def test_beside_another_open_trade_a_late_entry_fill_stays_with_its_own(ledger: ImportedLedger) -> None:
    bought = buy(ledger, 6, 2, hasty=True)
    ledger.report(bought, 1, bought.fills[:1])
    ledger.report_all(sell(ledger, 3))
    ledger.report_all(buy(ledger, 5))
    ledger.report_all(bought)
    older, newer = ledger.trades()
    assert (older.status, older.dust) == (TradeStatus.CLOSED.value, 3 * LOT)
    assert (newer.status, held(newer)) == (TradeStatus.OPEN.value, 5)


def test_a_repeated_answer_does_not_open_a_trade_again_that_ended_as_dust(ledger: ImportedLedger) -> None:
    bought = buy(ledger, 4)
    ledger.report_all(bought)
    ledger.report_all(sell(ledger, 2))
    close_as_dust(ledger.trades()[0], "take_profit", ledger.held, ledger.now)
    ledger.report_all(bought)
    (trade,) = ledger.trades()
    assert (trade.status, trade.dust) == (TradeStatus.CLOSED.value, 2 * LOT)


def test_an_older_answer_does_not_bring_an_ended_order_back_to_life(ledger: ImportedLedger) -> None:
    bought = buy(ledger, 4, 2)
    ledger.report_all(bought)
    for known in (0, 1):
        ledger.report(bought, known, bought.fills[:known])
        order = ledger.order(bought)
        assert (order.status, order.filled_quantity, order.next_look_at) == ("FILLED", 4 * LOT, None)


def test_an_exits_fill_before_the_entrys_last_one_closes_nothing_too_early(ledger: ImportedLedger) -> None:
    bought = buy(ledger, 6, 2)
    ledger.report(bought, 1, bought.fills[:1])
    ledger.report_all(sell(ledger, 3))
    assert held(ledger.trades()[0]) == 0
    assert ledger.open_trade() is not None
    ledger.report_all(bought)
    (trade,) = ledger.trades()
    assert (trade.status, held(trade)) == (TradeStatus.OPEN.value, 3)


def test_the_first_fill_says_when_a_trade_was_opened_also_when_it_comes_last(ledger: ImportedLedger) -> None:
    bought = buy(ledger, 4, 2)
    ledger.report(bought, 2, bought.fills[1:])
    ledger.report_all(bought)
    assert ledger.trades()[0].opened_at == bought.fills[0].executed_at


def test_a_trade_that_its_entrys_late_fill_completes_was_left_for_its_exits_reason(
    ledger: ImportedLedger,
) -> None:
    bought = buy(ledger, 4, 2)
    ledger.report(bought, 1, bought.fills[:1])
    ledger.report_all(sell(ledger, 4))
    ledger.report_all(bought)
    (trade,) = ledger.trades()
    assert (trade.status, trade.exit_reason) == (TradeStatus.CLOSED.value, "take_profit")
