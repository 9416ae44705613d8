"""Profit and loss from fills: average cost, fees included, exact. Pure.

What was bought costs what was paid; a fee in the base asset lowers the quantity held, a fee in quote adds to the cost or
lowers the proceeds, a fee in a third asset counts at its rate of the moment. Each sale realises its proceeds less its share
of the cost: cost * quantity sold / quantity held before. The same fills give the same figures in whatever order, repetition
or batches they arrive.

Coins that left the account without an order of ours are taken off by a stocktake, with their share of the cost and without a
result, since nobody knows what they were sold for. It says what was left and not what went: a sale of ours that turns
up later, made before it, then explains what was missing and is not counted a second time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from exchanges.domain import Side
from trades.domain import PositionFill, Stocktake

ZERO = Decimal(0)
PLACES = Decimal(1).scaleb(-18)
# Whatever else changed a thread's own context (ccxt does), money is computed with these digits and this rounding.
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Position:
    """What a set of fills adds up to. Quantities in base, money in quote; `open_cost` is the cost of what is held.

    held = net_bought - sold - corrected, and cost = open_cost + corrected_cost + what the sales have used up.
    """

    bought: Decimal = ZERO
    bought_notional: Decimal = ZERO
    net_bought: Decimal = ZERO
    sold: Decimal = ZERO
    sold_notional: Decimal = ZERO
    held: Decimal = ZERO
    cost: Decimal = ZERO
    open_cost: Decimal = ZERO
    proceeds: Decimal = ZERO
    fees: Decimal = ZERO
    realised: Decimal = ZERO
    realised_display: Decimal | None = ZERO
    display_rate: Decimal | None = None
    corrected: Decimal = ZERO
    corrected_cost: Decimal = ZERO

    @property
    def entry_price(self) -> Decimal | None:
        """Average price of the buys, before fees."""
        return _average(self.bought_notional, self.bought)

    @property
    def exit_price(self) -> Decimal | None:
        return _average(self.sold_notional, self.sold)


def _average(notional: Decimal, quantity: Decimal) -> Decimal | None:
    with localcontext(EXACT):
        return quantise(notional / quantity) if quantity else None


def quantise(value: Decimal) -> Decimal:
    with localcontext(EXACT):
        return value.quantize(PLACES)


def fold(
    fills: Iterable[PositionFill], base: str, quote: str, stocktakes: Iterable[Stocktake] = ()
) -> Position:
    """The position that these fills make, and what stocktakes left of it; a fill that comes twice counts once."""
    unique = {fill.exchange_fill_id: fill for fill in fills}
    position = Position()
    with localcontext(EXACT):
        for step in _sequence(unique.values(), stocktakes):
            if isinstance(step, Stocktake):
                position = _take_stock(position, step)
            else:
                add = _add_buy if step.side is Side.BUY else _add_sale
                position = add(position, step, base, quote)
    return position


def unrealised(held: Decimal, open_cost: Decimal, price: Decimal) -> Decimal:
    """What selling everything at this price would bring more than it cost, before the sale's fee; in quote."""
    with localcontext(EXACT):
        return quantise(held * price - open_cost)


def _sequence(
    fills: Iterable[PositionFill], stocktakes: Iterable[Stocktake]
) -> Iterator[PositionFill | Stocktake]:
    """The fills as they were executed, each stocktake after the last fill of an order made before it.

    When an order was made we know by our own clock, as with a stocktake; the exchange's may be another.
    """
    ordered = sorted(fills, key=_moment)
    counts = sorted(stocktakes, key=lambda count: (count.at, -count.left))
    seen = [[i for i, fill in enumerate(ordered) if _made_at(fill) <= count.at] for count in counts]
    after = [max(indices, default=-1) for indices in seen]
    for index in range(-1, len(ordered)):
        if index >= 0:
            yield ordered[index]
        yield from (count for count, last in zip(counts, after, strict=True) if last == index)


def _moment(fill: PositionFill) -> tuple[object, ...]:
    number = fill.exchange_fill_id
    return (fill.executed_at, fill.side is Side.SELL, len(number) if number.isdigit() else 0, number)


def _made_at(fill: PositionFill) -> datetime:
    return fill.ordered_at or fill.executed_at


def _fee_in_quote(fill: PositionFill, base: str, quote: str) -> Decimal:
    """The fee's worth in quote, whatever it was paid in."""
    if fill.fee_asset == quote:
        return fill.fee
    if fill.fee_asset == base:
        return quantise(fill.fee * fill.price)
    return quantise(fill.fee * (fill.fee_rate or ZERO))


def _add_buy(before: Position, fill: PositionFill, base: str, quote: str) -> Position:
    fee = _fee_in_quote(fill, base, quote)
    in_base = fill.fee_asset == base
    net = fill.quantity - (fill.fee if in_base else ZERO)
    notional = fill.price * fill.quantity
    paid = notional + (ZERO if in_base else fee)
    return replace(
        before,
        bought=before.bought + fill.quantity,
        bought_notional=before.bought_notional + notional,
        net_bought=before.net_bought + net,
        held=before.held + net,
        cost=before.cost + paid,
        open_cost=before.open_cost + paid,
        fees=before.fees + fee,
    )


def _add_sale(before: Position, fill: PositionFill, base: str, quote: str) -> Position:
    fee = _fee_in_quote(fill, base, quote)
    in_base = fill.fee_asset == base
    gone = fill.quantity + (fill.fee if in_base else ZERO)
    notional = fill.price * fill.quantity
    received = notional - (ZERO if in_base else fee)
    share = _cost_share(before, gone)
    realised = received - share
    return replace(
        before,
        sold=before.sold + fill.quantity,
        sold_notional=before.sold_notional + notional,
        held=before.held - gone,
        open_cost=before.open_cost - share,
        proceeds=before.proceeds + received,
        fees=before.fees + fee,
        realised=before.realised + realised,
        realised_display=_add_display(before.realised_display, realised, fill.display_rate),
        display_rate=fill.display_rate,
    )


def _take_stock(before: Position, count: Stocktake) -> Position:
    gone = before.held - count.left
    if gone <= 0:
        return before
    share = _cost_share(before, gone)
    return replace(
        before,
        held=count.left,
        open_cost=before.open_cost - share,
        corrected=before.corrected + gone,
        corrected_cost=before.corrected_cost + share,
    )


def _cost_share(before: Position, gone: Decimal) -> Decimal:
    """The last coins take all the cost that is left, so that the shares add up to the cost exactly."""
    if gone >= before.held:
        return before.open_cost
    return quantise(before.open_cost * gone / before.held)


def _add_display(before: Decimal | None, realised: Decimal, rate: Decimal | None) -> Decimal | None:
    if before is None or rate is None:
        return None
    return before + quantise(realised * rate)
