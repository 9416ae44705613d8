"""Any fills, with fees in any coin, in any order, repetition and split, give the exact figures of a model in fractions."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from exchanges.domain import Liquidity, Side
from trades.domain import PositionFill
from trades.pnl import EXACT, PLACES, Position, fold
from trades.tests.fake_exchange import AT
from trades.tests.plain_model import PlainFill, add_up

BASE, QUOTE, THIRD = "BTC", "USDT", "BNB"

lots = st.decimals("0.00001", "100", places=5)
prices = st.decimals("0.00000001", "100000", places=8)
fee_rates = st.sampled_from([Decimal(0), Decimal("0.00075"), Decimal("0.001"), Decimal("0.1")])


def fee_of(quantity: Decimal, price: Decimal, rate: Decimal, asset: str) -> Decimal:
    """As exchanges take it: to eight places, of the coins or of their worth."""
    paid = quantity * rate if asset == BASE else quantity * price * rate
    return paid.quantize(Decimal("1e-8"))


@st.composite
def histories(draw: st.DrawFn) -> list[PlainFill]:
    """Buys and sales as one account could have made them: never more sold than is held, several in one moment."""
    fills: list[PlainFill] = []
    held, second = Decimal(0), 0
    for number in range(draw(st.integers(1, 9))):
        second += draw(st.integers(0, 2))
        buying = not held or draw(st.booleans())
        asset = draw(st.sampled_from([BASE, QUOTE, THIRD]))
        price, rate = draw(prices), draw(fee_rates)
        quantity = draw(lots) if buying else draw(part_of(held))
        fee = fee_of(quantity, price, rate, asset)
        at = AT + timedelta(seconds=second)
        fills.append(PlainFill(number + 8, buying, price, quantity, fee, asset, at, draw(prices)))
        held += (quantity if buying else -quantity) - (fee if asset == BASE else 0)
        held = max(held, Decimal(0))
    return fills


def part_of(held: Decimal) -> st.SearchStrategy[Decimal]:
    """Some of it, or all; at most what no fee in the base coin makes more than all."""
    return st.one_of(st.just(held), st.integers(1, 99).map(lambda percent: held * percent / 100))


def ours(fill: PlainFill) -> PositionFill:
    return PositionFill(
        exchange_fill_id=str(fill.number),
        side=Side.BUY if fill.buying else Side.SELL,
        price=fill.price,
        quantity=fill.quantity,
        fee=fill.fee,
        fee_asset=fill.fee_asset,
        liquidity=Liquidity.TAKER,
        executed_at=fill.at,
        display_rate=Decimal("5.4321"),
        fee_rate=fill.fee_rate if fill.fee_asset == THIRD else None,
    )


def figures(position: Position) -> Iterator[tuple[str, Fraction | None]]:
    columns = {
        "quantity": position.net_bought,
        "held_quantity": position.held,
        "cost": position.cost,
        "open_cost": position.open_cost,
        "proceeds": position.proceeds,
        "fees": position.fees,
        "realised_pnl": position.realised,
        "entry_price": position.entry_price,
        "exit_price": position.exit_price,
    }
    return ((name, None if value is None else Fraction(value)) for name, value in columns.items())


@given(fills=histories())
def test_the_figures_are_those_of_a_model_in_fractions(fills: list[PlainFill]) -> None:
    position = fold(map(ours, fills), BASE, QUOTE)
    assert dict(figures(position)) == vars(add_up(fills, BASE, QUOTE))


@given(fills=histories(), random=st.randoms(use_true_random=False))
def test_order_repetition_and_batches_change_nothing(fills: list[PlainFill], random: Random) -> None:
    expected = fold(map(ours, fills), BASE, QUOTE)
    arrived: list[PlainFill] = []
    for _ in range(3):
        batch = random.sample(fills, random.randint(0, len(fills)))
        arrived = [*batch, *arrived] if random.random() < 0.5 else [*arrived, *batch]
    arrived += random.sample(fills, len(fills))
    assert fold(map(ours, arrived), BASE, QUOTE) == expected


@given(fills=histories())
def test_nothing_is_made_or_lost(fills: list[PlainFill]) -> None:
    position = fold(map(ours, fills), BASE, QUOTE)
    bought = sum((fill.quantity for fill in fills if fill.buying), Decimal(0))
    sold = sum((fill.quantity for fill in fills if not fill.buying), Decimal(0))
    base_fees = sum((fill.fee for fill in fills if fill.fee_asset == BASE), Decimal(0))
    assert position.held == bought - sold - base_fees
    used_up = position.proceeds - position.realised
    assert position.cost == position.open_cost + used_up
    assert position.open_cost >= 0


@given(fills=histories())
def test_the_shares_of_the_cost_add_up_when_everything_is_sold(fills: list[PlainFill]) -> None:
    position = fold(map(ours, fills), BASE, QUOTE)
    if position.held <= 0:
        return
    last = PlainFill(99, False, Decimal("0.07"), position.held, Decimal(0), QUOTE, AT + timedelta(days=1))
    closed = fold(map(ours, [*fills, last]), BASE, QUOTE)
    assert closed.held == closed.open_cost == 0
    assert closed.realised == closed.proceeds - closed.cost


@given(fills=histories())
def test_each_sales_result_is_shown_at_the_rate_of_its_own_moment(fills: list[PlainFill]) -> None:
    position = fold(map(ours, fills), BASE, QUOTE)
    assert position.realised_display is not None
    sales = sum(not fill.buying for fill in fills)
    exact = EXACT.multiply(position.realised, Decimal("5.4321"))
    assert abs(position.realised_display - exact) <= PLACES * sales
