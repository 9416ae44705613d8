"""Each invariant broken in each way, and the order that still moves excused from those that may differ for a moment."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchanges.domain import ExchangeFill, ExchangeOrder, ExchangeOrderStatus, Liquidity, OrderType, Side
from saas.exact_decimal import plain
from trades.audit_checks import (
    DUST,
    FIGURES,
    check_own_rows,
    compare_ledgers,
    is_settled,
    steady_orders,
    steady_trades,
)
from trades.audit_domain import Difference, Evidence, Invariant, Kind, OwnOrder, OwnTrade
from trades.domain import OrderStatus, PositionFill, Stocktake
from trades.pnl import fold
from trades.tests.fake_exchange import AT

OURS = "cdmtests1a"
THEIRS = "web_12345"
LATER = AT + timedelta(days=1)


def fill(number: str = "7", **changes: Any) -> ExchangeFill:
    values = {
        "exchange_fill_id": number,
        "exchange_order_id": "1",
        "symbol": "BTC/USDT",
        "side": Side.BUY,
        "price": Decimal("100.01"),
        "quantity": Decimal("0.5"),
        "fee": Decimal("0.0005"),
        "fee_asset": "BTC",
        "liquidity": Liquidity.TAKER,
        "executed_at": AT,
    }
    return ExchangeFill(**{**values, **changes})


def own(**changes: Any) -> OwnOrder:
    values = {
        "bot_id": 1,
        "symbol": "BTC/USDT",
        "side": Side.BUY,
        "quantity": Decimal("0.5"),
        "filled_quantity": Decimal("0.5"),
        "status": OrderStatus.FILLED,
        "client_order_id": OURS,
        "exchange_order_id": "1",
        "trade_id": 1,
        "created_at": AT,
        "resolved_at": AT,
        "fills": (fill(),),
    }
    return OwnOrder(**{**values, **changes})


def listed(**changes: Any) -> ExchangeOrder:
    values = {
        "exchange_order_id": "1",
        "client_order_id": OURS,
        "symbol": "BTC/USDT",
        "side": Side.BUY,
        "type": OrderType.MARKET,
        "status": ExchangeOrderStatus.FILLED,
        "quantity": Decimal("0.5"),
        "filled_quantity": Decimal("0.5"),
        "created_at": AT,
    }
    return ExchangeOrder(**{**values, **changes})


def compare(
    ours: list[OwnOrder], theirs: list[ExchangeOrder], fills: list[ExchangeFill], **changes: Any
) -> list[Difference]:
    settled = {order.client_order_id for order in ours}
    values = {"prefix": "cdmtests1", "ours": ours, "settled": settled, "theirs": theirs, "fills": fills}
    return compare_ledgers(Evidence(**{**values, **changes}))


def kinds(differences: list[Difference]) -> list[tuple[Kind, str]]:
    return [(difference.kind, difference.field) for difference in differences]


def test_equal_ledgers_have_no_difference() -> None:
    assert compare([own()], [listed()], [fill()]) == []


def test_the_spelling_of_a_number_is_no_difference() -> None:
    padded = fill(price=Decimal("100.0100000"), fee=Decimal("0.00050"))
    assert compare([own()], [listed(quantity=Decimal("0.50"))], [padded]) == []


def test_an_order_with_our_prefix_and_no_row_is_unknown() -> None:
    (found,) = compare([], [listed()], [fill()])
    assert (found.kind, found.invariant) == (Kind.UNKNOWN_ORDER, Invariant.ONE_INTENT)
    assert (found.client_order_id, found.subject, found.theirs) == (OURS, "1", "FILLED buy 0.5")


def test_an_order_of_another_period_or_key_is_known() -> None:
    assert compare([], [listed()], [fill()], elsewhere={OURS}) == []


def test_the_users_own_orders_are_nobodys_business() -> None:
    assert compare([], [listed(client_order_id=THEIRS)], [fill()]) == []


@pytest.mark.parametrize(
    "status",
    [OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.OPEN, OrderStatus.PARTIAL],
)
def test_an_acknowledged_order_that_is_not_there_has_vanished(status: OrderStatus) -> None:
    (found,) = compare([own(status=status)], [], [fill()])
    assert (found.kind, found.invariant) == (Kind.VANISHED_ORDER, Invariant.ONE_INTENT)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exchange_order_id", "2"),
        ("side", Side.SELL),
        ("quantity", Decimal("0.50000001")),
        ("filled_quantity", Decimal("0.4")),
        ("status", ExchangeOrderStatus.CANCELED),
    ],
)
def test_an_order_must_be_the_one_we_sent(name: str, value: object) -> None:
    fills = [fill(exchange_order_id="2")] if name == "exchange_order_id" else [fill()]
    found = compare([own()], [listed(**{name: value})], fills)
    assert (Kind.ORDER_DIFFERS, name) in kinds(found)
    assert found[0].invariant is Invariant.ONE_INTENT


def test_a_status_that_may_still_change_is_not_compared() -> None:
    assert compare([own(status=OrderStatus.PARTIAL)], [listed()], [fill()]) == []


def test_a_fill_that_only_the_exchange_has_is_missing() -> None:
    (found,) = compare([own()], [listed()], [fill(), fill("8")])
    assert (found.kind, found.subject, found.invariant) == (Kind.FILL_MISSING, "8", Invariant.EQUAL_FILLS)
    assert found.theirs == "buy 0.5 @ 100.01"


def test_a_fill_that_only_we_have_is_extra() -> None:
    (found,) = compare([own(fills=(fill(), fill("8")))], [listed()], [fill()])
    assert (found.kind, found.subject, found.invariant) == (Kind.FILL_EXTRA, "8", Invariant.EQUAL_FILLS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("price", Decimal("100.010000000000000001")),
        ("quantity", Decimal("0.50000001")),
        ("fee", Decimal("0.00050001")),
        ("fee_asset", "BNB"),
        ("side", Side.SELL),
        ("liquidity", Liquidity.MAKER),
        ("executed_at", AT + timedelta(milliseconds=1_001)),
    ],
)
def test_a_fill_is_equal_to_the_last_digit(name: str, value: Any) -> None:
    (found,) = compare([own()], [listed()], [replace(fill(), **{name: value})])
    assert (found.kind, found.field, found.subject) == (Kind.FILL_DIFFERS, name, "7")
    assert found.ours != found.theirs


def test_the_moment_of_a_fill_may_be_that_of_its_acknowledgement() -> None:
    assert compare([own()], [listed()], [replace(fill(), executed_at=AT + timedelta(milliseconds=900))]) == []


def test_a_fill_that_is_filed_under_the_wrong_order_is_found_at_both() -> None:
    other = "cdmtests1b"
    ours = [
        own(),
        own(client_order_id=other, exchange_order_id="2", fills=(fill("8", exchange_order_id="2"),)),
    ]
    theirs = [listed(), listed(client_order_id=other, exchange_order_id="2")]
    found = compare(ours, theirs, [fill(), fill("8", exchange_order_id="1")])
    assert {(one.kind, one.client_order_id) for one in found} == {
        (Kind.FILL_MISSING, OURS),
        (Kind.FILL_DIFFERS, other),
    }


@pytest.mark.parametrize(
    "status", [OrderStatus.PLANNED, OrderStatus.ABANDONED, OrderStatus.NEVER_PLACED, OrderStatus.REJECTED]
)
def test_nothing_is_there_for_an_intent_that_was_not_sent(status: OrderStatus) -> None:
    intent = own(status=status, exchange_order_id=None, fills=(), filled_quantity=Decimal(0))
    assert compare([intent], [], []) == []
    (found,) = compare([intent], [listed()], [fill()])
    assert (found.kind, found.invariant) == (Kind.SENT_UNCOMMITTED, Invariant.SENT_IF_COMMITTED)


def test_an_exchange_may_list_what_it_refused() -> None:
    intent = own(status=OrderStatus.REJECTED, fills=(), filled_quantity=Decimal(0))
    assert compare([intent], [listed(status=ExchangeOrderStatus.REJECTED)], []) == []


@pytest.mark.parametrize("status", OrderStatus)
def test_two_orders_with_one_client_id_are_one_too_many_at_any_time(status: OrderStatus) -> None:
    twice = [listed(), listed(exchange_order_id="2", created_at=LATER)]
    found = compare([own(status=status)], twice, [fill(), fill("8", exchange_order_id="2")], settled=())
    assert [(one.kind, one.invariant, one.subject) for one in found] == [
        (Kind.SENT_TWICE, Invariant.ONE_SEND, "2")
    ]


def test_one_order_that_two_lists_name_is_one() -> None:
    assert compare([own()], [listed(), listed()], [fill(), fill()]) == []


@pytest.mark.parametrize("order", [own(status=OrderStatus.UNKNOWN), own(status=OrderStatus.OPEN)])
def test_what_still_moves_is_not_compared(order: OwnOrder) -> None:
    assert compare([order], [listed(filled_quantity=Decimal("0.1"))], [], settled=()) == []
    assert compare([order], [], [], settled=()) == []


@pytest.mark.parametrize(
    ("status", "age", "ended", "settled"),
    [
        (OrderStatus.FILLED, 120, 120, True),
        (OrderStatus.FILLED, 30, 20, False),
        (OrderStatus.FILLED, 7_200, 20, False),
        (OrderStatus.REJECTED, 120, 120, True),
        (OrderStatus.PLANNED, 120, None, True),
        (OrderStatus.PLANNED, 30, None, False),
        (OrderStatus.SENDING, 86_400, None, False),
        (OrderStatus.UNKNOWN, 86_400, None, False),
        (OrderStatus.HELD, 86_400, None, False),
        (OrderStatus.OPEN, 3_000, None, False),
        (OrderStatus.PARTIAL, 3_000, None, False),
        (OrderStatus.OPEN, 3_700, None, True),
        (OrderStatus.PARTIAL, 3_700, None, True),
    ],
)
def test_an_order_is_settled_when_nothing_should_move_it(
    status: OrderStatus, age: int, ended: int | None, settled: bool
) -> None:
    ended_at = None if ended is None else LATER - timedelta(seconds=ended)
    order = own(status=status, created_at=LATER - timedelta(seconds=age), resolved_at=ended_at)
    assert is_settled(order, LATER) is settled


def test_an_order_that_changed_between_two_readings_is_not_steady() -> None:
    changed = replace(own(), filled_quantity=Decimal("0.4"))
    appeared = own(client_order_id="cdmtests1b")
    assert steady_orders([own()], [own()]) == [own()]
    assert steady_orders([changed], [own(), appeared]) == []


ENTRY = {"status": OrderStatus.OPEN, "fills": (), "filled_quantity": Decimal(0)}


def test_two_unresolved_intents_of_a_bot_in_a_symbol_are_one_too_many() -> None:
    later = own(client_order_id="cdmtests1b", created_at=LATER, **ENTRY)
    (found,) = check_own_rows([later, own(**ENTRY)], [])
    assert (found.kind, found.invariant) == (Kind.UNRESOLVED_TWICE, Invariant.ONE_UNRESOLVED)
    assert (found.client_order_id, found.subject) == ("cdmtests1b", OURS)


@pytest.mark.parametrize("change", [{"bot_id": 2}, {"symbol": "ETH/USDT"}, {"status": OrderStatus.FILLED}])
def test_one_unresolved_intent_for_each_bot_and_symbol_is_right(change: dict[str, Any]) -> None:
    other = own(client_order_id="cdmtests1b", **{**ENTRY, **change})
    assert check_own_rows([own(**ENTRY), other], []) == []


def test_an_orders_filled_quantity_is_the_sum_of_its_fills() -> None:
    assert check_own_rows([own()], []) == []
    (found,) = check_own_rows([own(filled_quantity=Decimal("0.6"))], [])
    assert (found.kind, found.invariant) == (Kind.ORDER_SUM, Invariant.SUM_OF_FILLS)
    assert (found.ours, found.theirs) == ("0.6", "0.5")


def test_fills_belong_to_a_trade() -> None:
    (found,) = check_own_rows([own(trade_id=None)], [])
    assert (found.kind, found.invariant) == (Kind.FILL_OF_NO_TRADE, Invariant.SUM_OF_FILLS)


def position_fill(number: str, side: Side, quantity: str) -> PositionFill:
    """At 100 USDT, with a fee of 0.1 % in the base coin."""
    amount = Decimal(quantity)
    return PositionFill(
        exchange_fill_id=number,
        side=side,
        price=Decimal(100),
        quantity=amount,
        fee=amount / 1000,
        fee_asset="BTC",
        liquidity=Liquidity.TAKER,
        executed_at=AT + timedelta(seconds=int(number)),
        display_rate=Decimal(5),
        fee_rate=None,
    )


FILLS = (position_fill("1", Side.BUY, "0.5"), position_fill("2", Side.SELL, "0.2"))


def own_trade(closed: bool, stocktakes: tuple[Stocktake, ...] = ()) -> OwnTrade:
    position = fold(FILLS, "BTC", "USDT", stocktakes)
    dust = {name: figure(position) if closed else Decimal(0) for name, figure in DUST.items()}
    figures = {name: figure(position) for name, figure in FIGURES.items()} | dust
    return OwnTrade(3, 1, "BTC/USDT", "BTC", "USDT", closed, AT, figures, FILLS, stocktakes)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("stocktakes", [(), (Stocktake(LATER, Decimal("0.1")),)])
def test_a_trade_is_the_sum_of_its_fills_and_corrections(
    closed: bool, stocktakes: tuple[Stocktake, ...]
) -> None:
    assert check_own_rows([], [own_trade(closed, stocktakes)]) == []


@pytest.mark.parametrize("name", [*FIGURES, *DUST])
@pytest.mark.parametrize("closed", [True, False])
def test_every_figure_of_a_trade_is_that_of_its_fills_to_the_last_digit(name: str, closed: bool) -> None:
    trade = own_trade(closed)
    right = trade.figures[name]
    wrong = (right or Decimal(0)) + Decimal("1e-18")
    (found,) = check_own_rows([], [replace(trade, figures={**trade.figures, name: wrong})])
    assert (found.kind, found.invariant) == (Kind.TRADE_SUM, Invariant.SUM_OF_FILLS)
    assert found.ours.startswith(f"{name}=")
    assert found.theirs == f"{name}={plain(right) if right is not None else '-'}"
    assert (found.subject, found.bot_id) == ("3", 1)


def test_a_fill_that_the_projection_forgot_shows_in_what_is_held() -> None:
    trade = replace(own_trade(closed=False), fills=(*FILLS, position_fill("3", Side.BUY, "0.1")))
    (found,) = check_own_rows([], [trade])
    assert "held_quantity=0.2993," in found.ours
    assert "held_quantity=0.3992," in found.theirs


def test_a_trade_whose_fills_grew_between_two_readings_is_not_judged() -> None:
    trade = own_trade(closed=False)
    grown = replace(trade, fills=(*FILLS, position_fill("3", Side.BUY, "0.1")))
    assert steady_trades([trade], [trade]) == [trade]
    assert steady_trades([trade], [grown]) == steady_trades([], [trade]) == []


@pytest.mark.parametrize("change", [{"ours": "1"}, {"theirs": "2"}, {"bot_id": 9}])
def test_a_difference_is_the_same_one_when_only_its_values_moved(change: dict[str, Any]) -> None:
    one = Difference(Kind.FILL_DIFFERS, "BTC/USDT", OURS, AT, subject="7", field="fee")
    assert replace(one, **change).identity == one.identity
    assert replace(one, field="price").identity != one.identity
