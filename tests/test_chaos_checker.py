"""The chaos suite's checker finds what it is there to find; two ledgers that agree pass, and nothing else does."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.chaos.books import ExchangeFill, ExchangeOrder, OwnFill, OwnOrder, OwnTrade
from tests.chaos.checker import ExchangeBook, OwnBook, compare
from tests.chaos.report import Row, merge, render_json, render_markdown, render_text, total

PREFIX = "cdmtests1"
BUY_ID, SELL_ID = f"{PREFIX}00007aaaa", f"{PREFIX}00007bbbb"


def order(number: int, client_order_id: str, side: str, quantity: str) -> ExchangeOrder:
    amount = Decimal(quantity)
    return ExchangeOrder(
        str(number), client_order_id, "BTCUSDT", side, amount, amount, "FILLED", 1_000 * number
    )


def fill(number: int, order_id: int, side: str, quantity: str, fee: str) -> ExchangeFill:
    asset = "BTC" if side == "BUY" else "USDT"
    return ExchangeFill(
        str(number),
        str(order_id),
        Decimal(100),
        Decimal(quantity),
        Decimal(fee),
        asset,
        side,
        1_000 * order_id,
        "BTCUSDT",
    )


def own(pk: int, client_order_id: str, side: str, quantity: str) -> OwnOrder:
    leg = "entry" if side == "BUY" else "exit"
    return OwnOrder(
        pk, client_order_id, 7, 1, "BTC/USDT", side, leg, "FILLED", Decimal(quantity), True, False
    )


def copy(found: ExchangeFill, order_pk: int) -> OwnFill:
    return OwnFill(
        found.id, order_pk, found.price, found.quantity, found.fee, found.fee_asset, found.side, found.time_ms
    )


FILLS = (
    fill(1, 1, "BUY", "0.5", "0.0005"),
    fill(2, 1, "BUY", "0.7", "0.0007"),
    fill(3, 2, "SELL", "1.19", "0.119"),
)
EXCHANGE = ExchangeBook(
    prefix=PREFIX,
    orders=(order(1, BUY_ID, "BUY", "1.2"), order(2, SELL_ID, "SELL", "1.19")),
    fills=FILLS,
    deposits={"USDT": Decimal(1_000)},
    balances={"USDT": Decimal("998.881"), "BTC": Decimal("0.0088")},
    sends=(BUY_ID, SELL_ID),
)
OWN = OwnBook(
    orders=(own(11, BUY_ID, "BUY", "1.2"), own(12, SELL_ID, "SELL", "1.19")),
    fills=(copy(FILLS[0], 11), copy(FILLS[1], 11), copy(FILLS[2], 12)),
    trades=(
        OwnTrade(1, 7, "BTC/USDT", "CLOSED", Decimal("0.0088"), Decimal(120), Decimal("118.881")),
    ),
)  # fmt: skip


def without_sale() -> tuple[ExchangeBook, OwnBook]:
    """Only the purchase has happened."""
    exchange = replace(
        EXCHANGE,
        orders=EXCHANGE.orders[:1],
        fills=FILLS[:2],
        balances={"USDT": Decimal(880), "BTC": Decimal("1.1988")},
        sends=(BUY_ID,),
    )
    trade = OwnTrade(1, 7, "BTC/USDT", "OPEN", Decimal("1.1988"), Decimal(120), Decimal(0))
    return exchange, replace(OWN, orders=OWN.orders[:1], fills=OWN.fills[:2], trades=(trade,))


def kinds(exchange: ExchangeBook, book: OwnBook) -> set[str]:
    findings = compare(exchange, book)
    counts = {"lost": findings.lost, "doubled": findings.doubled, "miscounted": findings.miscounted}
    assert sum(counts.values()) == len(findings.texts)
    return {kind for kind, count in counts.items() if count}


def test_two_ledgers_that_agree_are_clean() -> None:
    findings = compare(EXCHANGE, OWN)
    assert findings.texts == ()
    assert findings.is_clean
    assert findings.orders == 2
    assert kinds(*without_sale()) == set()


def test_an_order_that_only_the_exchange_has_is_lost() -> None:
    assert "lost" in kinds(EXCHANGE, replace(OWN, orders=OWN.orders[:1], fills=OWN.fills[:2]))


@pytest.mark.parametrize("status", ["PLANNED", "ABANDONED", "NEVER_PLACED", "REJECTED"])
def test_an_order_that_we_think_was_never_placed_is_lost(status: str) -> None:
    row = replace(OWN.orders[1], status=status)
    assert kinds(EXCHANGE, replace(OWN, orders=(OWN.orders[0], row))) == {"lost"}


@pytest.mark.parametrize("status", ["SENDING", "UNKNOWN", "HELD", "OPEN", "PARTIAL", "CANCELED"])
def test_an_order_whose_end_we_did_not_notice_is_lost(status: str) -> None:
    row = replace(OWN.orders[1], status=status)
    assert kinds(EXCHANGE, replace(OWN, orders=(OWN.orders[0], row))) == {"lost"}


@pytest.mark.parametrize("status", ["PLANNED", "SENDING", "UNKNOWN", "HELD", "OPEN"])
def test_an_order_in_doubt_that_the_exchange_never_got_is_not_settled(status: str) -> None:
    row = replace(own(13, f"{PREFIX}00007cccc", "SELL", "0"), status=status)
    assert kinds(EXCHANGE, replace(OWN, orders=(*OWN.orders, row))) == {"lost"}


def test_an_order_of_ours_that_the_exchange_never_had_is_invented() -> None:
    row = own(13, f"{PREFIX}00007cccc", "SELL", "0")
    assert kinds(EXCHANGE, replace(OWN, orders=(*OWN.orders, row))) == {"miscounted"}
    planned = replace(row, status="NEVER_PLACED")
    assert kinds(EXCHANGE, replace(OWN, orders=(*OWN.orders, planned))) == set()


def test_an_order_that_was_sent_before_sending_was_committed_is_found() -> None:
    row = replace(OWN.orders[1], was_sending=False)
    assert "lost" in kinds(EXCHANGE, replace(OWN, orders=(OWN.orders[0], row)))
    adopted = replace(row, adopted=True)
    assert kinds(EXCHANGE, replace(OWN, orders=(OWN.orders[0], adopted))) == set()


def test_an_order_that_was_sent_twice_is_doubled_whatever_became_of_it() -> None:
    assert kinds(replace(EXCHANGE, sends=(BUY_ID, SELL_ID, SELL_ID)), OWN) == {"doubled"}


def test_what_was_sent_and_refused_needs_its_committed_sending_too() -> None:
    refused = f"{PREFIX}00007cccc"
    exchange = replace(EXCHANGE, sends=(BUY_ID, SELL_ID, refused))
    row = replace(own(13, refused, "SELL", "0"), status="REJECTED")
    assert kinds(exchange, OWN) == {"lost"}
    assert kinds(exchange, replace(OWN, orders=(*OWN.orders, row))) == set()
    planned = replace(row, status="ABANDONED", was_sending=False)
    assert kinds(exchange, replace(OWN, orders=(*OWN.orders, planned))) == {"lost"}


def test_a_restored_backup_does_not_know_what_it_sent_and_was_refused() -> None:
    exchange = replace(EXCHANGE, sends=(BUY_ID, SELL_ID, f"{PREFIX}00007cccc"))
    adopted = tuple(replace(row, adopted=True, was_sending=False) for row in OWN.orders)
    assert kinds(exchange, replace(OWN, orders=adopted)) == set()


def test_a_client_order_id_that_was_accepted_twice_is_doubled() -> None:
    again = replace(EXCHANGE.orders[1], id="3", executed=Decimal(0), status="EXPIRED")
    assert "doubled" in kinds(replace(EXCHANGE, orders=(*EXCHANGE.orders, again)), OWN)


def test_a_second_purchase_while_holding_is_doubled_whatever_our_tables_say() -> None:
    second = order(3, f"{PREFIX}00007dddd", "BUY", "1.2")
    exchange, book = without_sale()
    assert "doubled" in kinds(replace(exchange, orders=(*exchange.orders, second)), book)
    another_bot = replace(second, client_order_id=f"{PREFIX}00008dddd")
    assert "doubled" not in kinds(replace(exchange, orders=(*exchange.orders, another_bot)), book)


def test_selling_more_than_was_bought_is_doubled() -> None:
    second = order(3, f"{PREFIX}00007dddd", "SELL", "1.19")
    assert "doubled" in kinds(replace(EXCHANGE, orders=(*EXCHANGE.orders, second)), OWN)


def test_two_unresolved_entries_of_one_bot_are_doubled() -> None:
    rows = tuple(replace(own(pk, f"{PREFIX}00007eee{pk}", "BUY", "0"), status="UNKNOWN") for pk in (21, 22))
    assert "doubled" in kinds(EXCHANGE, replace(OWN, orders=(*OWN.orders, *rows)))


def test_two_open_trades_of_one_bot_are_doubled() -> None:
    exchange, book = without_sale()
    second = replace(book.trades[0], pk=2, held=Decimal(0), cost=Decimal(0))
    assert "doubled" in kinds(exchange, replace(book, trades=(*book.trades, second)))


def test_a_missing_fill_is_miscounted() -> None:
    assert kinds(EXCHANGE, replace(OWN, fills=OWN.fills[1:])) == {"miscounted"}


def test_a_fill_that_was_counted_twice_is_miscounted() -> None:
    assert kinds(EXCHANGE, replace(OWN, fills=(*OWN.fills, OWN.fills[0]))) == {"miscounted"}
    renamed = replace(OWN.fills[0], id="9")
    assert kinds(EXCHANGE, replace(OWN, fills=(*OWN.fills, renamed))) == {"miscounted"}


def test_a_fill_of_another_order_is_miscounted() -> None:
    moved = replace(OWN.fills[1], order_pk=12)
    assert kinds(EXCHANGE, replace(OWN, fills=(OWN.fills[0], moved, OWN.fills[2]))) == {"miscounted"}


@pytest.mark.parametrize("name", ["price", "quantity", "fee"])
def test_the_last_digit_of_a_fill_counts(name: str) -> None:
    off = replace(OWN.fills[0], **{name: getattr(OWN.fills[0], name) + Decimal("1e-18")})
    assert kinds(EXCHANGE, replace(OWN, fills=(off, *OWN.fills[1:]))) == {"miscounted"}


@pytest.mark.parametrize("name", ["held", "cost", "proceeds"])
def test_the_last_digit_of_a_trade_counts(name: str) -> None:
    trade = OWN.trades[0]
    off = replace(trade, **{name: getattr(trade, name) + Decimal("1e-18")})
    assert kinds(EXCHANGE, replace(OWN, trades=(off,))) == {"miscounted"}


def test_the_filled_quantity_of_an_order_counts() -> None:
    row = replace(OWN.orders[0], filled=Decimal("1.1"))
    assert kinds(EXCHANGE, replace(OWN, orders=(row, OWN.orders[1]))) == {"miscounted"}


def test_a_fill_outside_of_any_trade_is_miscounted() -> None:
    row = replace(OWN.orders[1], trade_id=None)
    assert kinds(EXCHANGE, replace(OWN, orders=(OWN.orders[0], row))) == {"miscounted"}


def test_books_of_the_exchange_that_do_not_add_up_are_found() -> None:
    balances = {**EXCHANGE.balances, "BTC": Decimal("0.0089")}
    assert kinds(replace(EXCHANGE, balances=balances), OWN) == {"miscounted"}


def test_the_users_own_orders_are_nobodys_business_except_for_the_balance() -> None:
    by_hand = order(3, "web_1", "BUY", "1")
    extra = fill(4, 3, "BUY", "1", "0")
    balances = {"USDT": Decimal("898.881"), "BTC": Decimal("1.0088")}
    exchange = replace(EXCHANGE, orders=(*EXCHANGE.orders, by_hand), fills=(*FILLS, extra), balances=balances)
    assert kinds(exchange, OWN) == set()


def test_rows_of_one_fault_add_up_and_are_shown_three_ways() -> None:
    rows = merge(
        [Row("kill", 1_000, 990, 0, 0, 0), Row("half", 5, 5, 1, 0, 0, "odd"), Row("kill", 1, 1, 0, 0, 0)]
    )
    assert rows[0] == Row("kill", 1_001, 991, 0, 0, 0)
    assert total(rows) == Row("all", 1_006, 996, 1, 0, 0)
    assert not total(rows).is_clean
    assert render_text(rows).splitlines()[1].split() == ["kill", "1,001", "991", "0", "0", "0"]
    assert render_markdown(rows).splitlines()[2] == "| kill | 1,001 | 991 | 0 | 0 | 0 |  |"
    assert json.loads(render_json(rows))["total"]["lost"] == 1
