"""Whose coins are missing: never more than a trade holds, and for the same shortage always the same trades."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.domain import Balance
from trades.coverage_rules import Claim, missing_of, share_out
from trades.tests.fake_exchange import AT

LOT = Decimal("0.001")


def claim(trade_id: int, quantity: str) -> Claim:
    """A trade opened so many minutes after the first one."""
    return Claim(trade_id, trade_id, Decimal(quantity), LOT, AT + timedelta(minutes=trade_id))


def balance(free: str, locked: str = "0") -> Balance:
    return Balance("BTC", Decimal(free), Decimal(locked))


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        (balance("0.3"), "0"),
        (balance("5"), "0"),
        (balance("0.1", "0.2"), "0"),
        (balance("0.2991"), "0"),
        (balance("0.299"), "0.001"),
        (balance("0.1"), "0.2"),
        (None, "0.3"),
    ],
)
def test_what_is_missing_is_what_neither_free_nor_locked_covers_beyond_a_lot(
    there: Balance | None, missing: str
) -> None:
    assert missing_of([claim(1, "0.1"), claim(2, "0.2")], there) == Decimal(missing)


def test_nothing_is_missing_of_nothing() -> None:
    assert missing_of([], None) == 0


def test_a_trade_that_holds_just_what_is_missing_is_the_one() -> None:
    claims = [claim(1, "0.1"), claim(2, "0.2005"), claim(3, "0.3")]
    assert share_out(Decimal("0.2"), claims) == {2: Decimal("0.2")}
    assert share_out(Decimal("0.201"), claims) == {2: Decimal("0.2005")}


def test_otherwise_the_newest_trade_gives_first() -> None:
    claims = [claim(1, "0.1"), claim(2, "0.2"), claim(3, "0.3")]
    assert share_out(Decimal("0.4"), claims) == {3: Decimal("0.3"), 2: Decimal("0.1")}
    assert share_out(Decimal("0.05"), claims) == {3: Decimal("0.05")}


quantities = st.lists(st.decimals("0", "1000", places=8), min_size=1, max_size=5)


@given(held=quantities, there=st.decimals("0", "2000", places=8))
def test_the_shares_are_what_is_missing_and_leave_no_trade_below_nothing(
    held: list[Decimal], there: Decimal
) -> None:
    claims = [claim(number, str(quantity)) for number, quantity in enumerate(held)]
    missing = missing_of(claims, balance(str(there)))
    shares = share_out(missing, claims)
    assert all(0 < share <= held[trade_id] for trade_id, share in shares.items())
    assert 0 <= missing - sum(shares.values()) < LOT
