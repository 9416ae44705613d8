"""What fills add up to, computed a second time in another way: in fractions, from the definition, without our code."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

PLACES = 10**18


@dataclass(frozen=True)
class PlainFill:
    """One execution; `fee_rate` is quote per fee asset, used for a fee in a third asset only."""

    number: int
    buying: bool
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    at: datetime
    fee_rate: Decimal = Decimal(0)


@dataclass
class Sums:
    """As the columns of a trade are named; money in quote."""

    quantity: Fraction = Fraction(0)
    held_quantity: Fraction = Fraction(0)
    cost: Fraction = Fraction(0)
    open_cost: Fraction = Fraction(0)
    proceeds: Fraction = Fraction(0)
    fees: Fraction = Fraction(0)
    realised_pnl: Fraction = Fraction(0)
    entry_price: Fraction | None = None
    exit_price: Fraction | None = None


def shorten(exact: Fraction) -> Fraction:
    """To 18 places, halves to even, as money is kept."""
    return Fraction(round(exact * PLACES), PLACES)


def add_up(fills: Iterable[PlainFill], base: str, quote: str) -> Sums:
    """Fills that come twice count once; their order of arrival does not matter."""
    unique = sorted({fill.number: fill for fill in fills}.values(), key=_moment)
    sums = Sums(
        entry_price=_average([fill for fill in unique if fill.buying]),
        exit_price=_average([fill for fill in unique if not fill.buying]),
    )
    for fill in unique:
        fee = _worth_of_fee(fill, base, quote)
        sums.fees += fee
        coins, money = Fraction(fill.quantity), Fraction(fill.quantity) * Fraction(fill.price)
        kept_coins = Fraction(fill.fee) if fill.fee_asset == base else Fraction(0)
        kept_money = fee if fill.fee_asset != base else Fraction(0)
        if fill.buying:
            _buy(sums, coins - kept_coins, money + kept_money)
        else:
            _sell(sums, coins + kept_coins, money - kept_money)
    return sums


def _moment(fill: PlainFill) -> tuple[datetime, bool, int]:
    return (fill.at, not fill.buying, fill.number)


def _worth_of_fee(fill: PlainFill, base: str, quote: str) -> Fraction:
    rate = {quote: Decimal(1), base: fill.price}.get(fill.fee_asset, fill.fee_rate)
    worth = Fraction(fill.fee) * Fraction(rate)
    return worth if fill.fee_asset == quote else shorten(worth)


def _buy(sums: Sums, coins: Fraction, money: Fraction) -> None:
    sums.quantity += coins
    sums.held_quantity += coins
    sums.cost += money
    sums.open_cost += money


def _sell(sums: Sums, coins: Fraction, money: Fraction) -> None:
    whole = coins >= sums.held_quantity
    share = sums.open_cost if whole else shorten(sums.open_cost * coins / sums.held_quantity)
    sums.held_quantity -= coins
    sums.open_cost -= share
    sums.proceeds += money
    sums.realised_pnl += money - share


def _average(fills: list[PlainFill]) -> Fraction | None:
    coins = sum((Fraction(fill.quantity) for fill in fills), Fraction(0))
    if not coins:
        return None
    return shorten(
        sum((Fraction(fill.quantity) * Fraction(fill.price) for fill in fills), Fraction(0)) / coins
    )
