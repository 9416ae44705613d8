"""What of a position is sold when some of its coins are locked or gone. Lots of 0.00001 BTC, orders of 5 USDT at least."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.coins import describe_shortage, sellable_quantity
from bots.sizing import exit_quantity, is_placeable
from trades.funds import Left, Reading
from trades.tests.conftest import BTC
from trades.tests.fake_exchange import AT

BID = Decimal(100)


@pytest.mark.parametrize(
    ("held", "free", "sold"),
    [
        ("0.2", "0.3", "0.2"),
        ("0.200009", "1", "0.2"),
        ("0.2", "0.1", "0.1"),
        ("0.2", "0.16", "0.145"),  # the rest of 0.04 could not be sold later
        ("0.06", "0.055", "0.055"),  # nor could what would be left to sell now
        ("0.2", "0.01", "0.01"),
        ("0.2", "0", "0"),
    ],
)
def test_what_is_free_is_sold_and_the_rest_stays_sellable_where_it_can(
    held: str, free: str, sold: str
) -> None:
    left = Left(Decimal(free), Decimal(held))
    assert sellable_quantity(Decimal(held), left, BID, BTC) == Decimal(sold)


amounts = st.decimals("0", "10", places=8)


@given(held=amounts, free=amounts, there=amounts)
def test_never_more_is_sold_than_is_held_and_left(held: Decimal, free: Decimal, there: Decimal) -> None:
    left = Left(free, there)
    sold = sellable_quantity(held, left, BID, BTC)
    assert 0 <= sold <= min(held, left.amount)
    rest = exit_quantity(held - sold, BTC)
    could_split = is_placeable(sold, BID, BTC) and held * BID >= 2 * BTC.min_notional * Decimal("1.2")
    assert not could_split or not rest or is_placeable(rest, BID, BTC)


@pytest.mark.parametrize(("there", "code"), [("0.2", "coins_locked"), ("0.19", "coins_missing")])
def test_the_reason_is_whether_the_coins_are_locked_or_not_there(there: str, code: str) -> None:
    left = Left(Decimal("0.001"), Decimal(there))
    reading = Reading("BTC", Decimal("0.001"), Decimal(there), AT)
    assert describe_shortage(Decimal("0.2"), left, reading, BTC).code == code
