"""How much is bought, and which capital is enough for every order of a configuration."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bots.sizing import (
    TAKER_FEE,
    entry_quantity,
    exit_quantity,
    floor_to_step,
    is_placeable,
    least_budget,
)
from trades.domain import SLIPPAGE_RESERVE
from trades.tests.conftest import BTC


def test_a_hundred_reais_at_five_buy_for_almost_twenty_dollars() -> None:
    quantity = entry_quantity(Decimal(20), Decimal("108246.36"), BTC)
    assert quantity == Decimal("0.00018")
    assert Decimal("0.85") <= quantity * Decimal("108246.36") / 20 <= 1


def test_a_budget_below_the_minimum_notional_buys_nothing() -> None:
    assert entry_quantity(Decimal("4.99"), Decimal(100), BTC) == 0


def test_the_maximum_quantity_of_the_exchange_is_respected() -> None:
    capped = replace(BTC, max_quantity=Decimal("0.5"))
    assert entry_quantity(Decimal(10_000), Decimal(100), capped) == Decimal("0.5")


def test_an_exit_never_sells_more_than_is_held() -> None:
    assert exit_quantity(Decimal("0.123456789"), BTC) == Decimal("0.12345")


prices = st.decimals("0.01", "200000", places=2)
budgets = st.decimals("5", "100000", places=2)
stops = st.none() | st.decimals("0.1", "90", places=1)


@given(price=prices, budget=budgets)
def test_an_entry_and_its_slippage_never_cost_more_than_the_budget(price: Decimal, budget: Decimal) -> None:
    quantity = entry_quantity(budget, price, BTC)
    assert quantity * price * (1 + SLIPPAGE_RESERVE) <= budget
    assert quantity % BTC.lot_size == 0


@given(price=prices, stop=stops)
def test_the_least_budget_can_be_bought_and_after_the_fee_be_sold_at_the_stop(
    price: Decimal, stop: Decimal | None
) -> None:
    budget = least_budget(price, stop, BTC)
    bought = entry_quantity(budget, price, BTC)
    sold = floor_to_step(bought * (1 - TAKER_FEE), BTC.lot_size)
    exit_price = price * (1 - (stop or Decimal(0)) / 100)
    assert is_placeable(sold, exit_price, BTC)


def test_a_much_smaller_budget_cannot_be_sold_at_the_stop() -> None:
    budget = least_budget(Decimal(100), Decimal(10), BTC) * Decimal("0.99")
    sold = floor_to_step(entry_quantity(budget, Decimal(100), BTC) * (1 - TAKER_FEE), BTC.lot_size)
    assert not is_placeable(sold, Decimal(90), BTC)
