"""P&L from fills: exact, and the same in any order, repetition and split."""

from datetime import timedelta
from decimal import ROUND_UP, Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from exchanges.domain import Liquidity, Side
from trades.domain import PositionFill, Stocktake
from trades.pnl import Position, fold, unrealised
from trades.tests.fake_exchange import AT


def fill(number: int, side: Side, price: str, quantity: str, fee: str, fee_asset: str) -> PositionFill:
    return PositionFill(
        exchange_fill_id=str(number),
        side=side,
        price=Decimal(price),
        quantity=Decimal(quantity),
        fee=Decimal(fee),
        fee_asset=fee_asset,
        liquidity=Liquidity.TAKER,
        executed_at=AT + timedelta(seconds=number),
        display_rate=Decimal("5.4"),
        fee_rate=Decimal(600) if fee_asset == "BNB" else None,
    )


def fold_btc(*steps: PositionFill | Stocktake) -> Position:
    fills = [step for step in steps if isinstance(step, PositionFill)]
    return fold(fills, "BTC", "USDT", [step for step in steps if isinstance(step, Stocktake)])


def count(number: int, left: str) -> Stocktake:
    return Stocktake(AT + timedelta(seconds=number), Decimal(left))


def test_a_fee_in_the_base_coin_lowers_what_is_held_and_not_the_cost() -> None:
    position = fold_btc(fill(1, Side.BUY, "100", "1", "0.001", "BTC"))
    assert (position.held, position.cost, position.fees) == (Decimal("0.999"), Decimal(100), Decimal("0.1"))


def test_a_fee_in_quote_adds_to_the_cost() -> None:
    position = fold_btc(fill(1, Side.BUY, "100", "1", "0.1", "USDT"))
    assert (position.held, position.cost) == (Decimal(1), Decimal("100.1"))


def test_a_fee_in_a_third_coin_counts_at_its_rate() -> None:
    position = fold_btc(fill(1, Side.BUY, "100", "1", "0.0001", "BNB"))
    assert (position.held, position.cost, position.fees) == (Decimal(1), Decimal("100.06"), Decimal("0.06"))


def test_each_sale_realises_its_proceeds_less_its_share_of_the_cost() -> None:
    position = fold_btc(
        fill(1, Side.BUY, "100", "1", "0", "USDT"),
        fill(2, Side.BUY, "200", "1", "0", "USDT"),
        fill(3, Side.SELL, "180", "0.5", "0.09", "USDT"),
    )
    assert position.realised == Decimal("89.91") - Decimal(75)
    assert position.realised_display == position.realised * Decimal("5.4")
    assert position.open_cost == Decimal(225)
    assert position.entry_price == Decimal(150)


def test_the_last_sale_takes_the_cost_that_is_left_to_the_last_digit() -> None:
    position = fold_btc(
        fill(1, Side.BUY, "1", "3", "0", "USDT"),
        fill(2, Side.SELL, "1", "1", "0", "USDT"),
        fill(3, Side.SELL, "1", "1", "0", "USDT"),
        fill(4, Side.SELL, "1", "1", "0", "USDT"),
    )
    assert [position.held, position.open_cost, position.realised] == [Decimal(0)] * 3


def test_a_missing_rate_makes_the_displayed_result_unknown_and_not_wrong() -> None:
    bought = fill(1, Side.BUY, "100", "1", "0", "USDT")
    sold = fill(2, Side.SELL, "110", "1", "0", "USDT")
    unrated = PositionFill(**{name: getattr(sold, name) for name in sold.__slots__} | {"display_rate": None})
    position = fold_btc(bought, unrated)
    assert (position.realised, position.realised_display) == (Decimal(10), None)


def test_coins_moved_by_hand_leave_with_their_share_of_the_cost_and_without_a_result() -> None:
    bought = fill(1, Side.BUY, "100", "2", "0", "USDT")
    position = fold_btc(bought, count(5, "0.5"), fill(9, Side.SELL, "120", "0.5", "0", "USDT"))
    assert (position.corrected, position.corrected_cost) == (Decimal("1.5"), Decimal(150))
    assert (position.held, position.open_cost, position.realised) == (Decimal(0), Decimal(0), Decimal(10))
    assert position.cost == position.corrected_cost + position.proceeds - position.realised


def test_a_sale_that_turns_up_late_explains_what_a_stocktake_missed() -> None:
    bought, late = fill(1, Side.BUY, "100", "2", "0", "USDT"), fill(3, Side.SELL, "110", "0.5", "0", "USDT")
    assert fold_btc(bought, count(5, "1.5")).corrected == Decimal("0.5")
    explained = fold_btc(bought, count(5, "1.5"), late)
    assert (explained.corrected, explained.held, explained.realised) == (
        Decimal(0),
        Decimal("1.5"),
        Decimal(5),
    )


def test_a_sale_after_a_stocktake_sells_of_what_was_left() -> None:
    bought, sold = fill(1, Side.BUY, "100", "2", "0", "USDT"), fill(7, Side.SELL, "110", "0.5", "0", "USDT")
    position = fold_btc(sold, count(5, "1.5"), bought)
    assert (position.corrected, position.held) == (Decimal("0.5"), Decimal(1))


def test_unrealised_is_what_selling_now_would_bring_above_the_cost() -> None:
    assert unrealised(Decimal("0.999"), Decimal(100), Decimal(110)) == Decimal("9.89")


amounts = st.decimals("0.00001", "1000", places=5)
prices = st.decimals("0.01", "100000", places=2)


@st.composite
def round_trips(draw: st.DrawFn) -> list[PositionFill]:
    """Some buys and then sales of parts of what is held."""
    buys = [
        fill(n, Side.BUY, str(draw(prices)), str(draw(amounts)), "0", "USDT")
        for n in range(draw(st.integers(1, 4)))
    ]
    held, sales = sum((b.quantity for b in buys), Decimal()), []
    for number in range(draw(st.integers(0, 4))):
        part = draw(st.decimals("0", str(held), places=5)) if held else Decimal(0)
        if part:
            sales.append(fill(100 + number, Side.SELL, str(draw(prices)), str(part), "0", "USDT"))
            held -= part
    return buys + sales


stocktakes = st.lists(st.builds(count, st.integers(0, 110), amounts.map(str)), max_size=3)


@given(fills=round_trips(), counts=stocktakes, shuffle=st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_fills_gives_the_same_position(
    fills: list[PositionFill], counts: list[Stocktake], shuffle: object
) -> None:
    mixed: list[PositionFill | Stocktake] = [*fills, *fills[: len(fills) // 2], *counts, *counts[:1]]
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert fold_btc(*mixed) == fold_btc(*fills, *counts)


@given(fills=round_trips(), counts=stocktakes)
def test_what_was_paid_is_what_was_realised_what_went_by_hand_and_what_is_still_held(
    fills: list[PositionFill], counts: list[Stocktake]
) -> None:
    position = fold_btc(*fills, *counts)
    used = position.proceeds - position.realised + position.corrected_cost
    assert position.cost - position.open_cost == used
    assert position.held == position.net_bought - position.sold - position.corrected
    assert position.open_cost >= 0 or position.held < 0


def test_the_figures_do_not_depend_on_what_somebody_did_to_the_threads_context() -> None:
    fills = (
        fill(1, Side.BUY, "1.2345678", "3", "0", "USDT"),
        fill(2, Side.SELL, "1.00000001", "1", "0", "USDT"),
    )
    expected = fold_btc(*fills)
    with localcontext(prec=4, rounding=ROUND_UP):
        assert fold_btc(*fills) == expected
        assert fold_btc(*fills).entry_price == expected.entry_price
