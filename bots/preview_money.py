"""What the round trips of a preview would have brought, with the fees and steps of a real order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from bots.preview import RoundTrip
from bots.sizing import HUNDRED, TAKER_FEE, entry_quantity, exit_quantity
from exchanges.domain import Instrument, Liquidity, Side
from trades.domain import PositionFill
from trades.pnl import EXACT, Position, fold, unrealised

SHOWN_PLACES = Decimal("0.0001")
MONEY_PLACES = Decimal("0.00000001")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """What every purchase is made with: `budget` in quote, `rate` in quote per unit of the capital's currency."""

    instrument: Instrument
    budget: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Result:
    """Of one round trip; `pnl` is in the capital's currency, and of an open one what the last price would bring."""

    trip: RoundTrip
    quantity: Decimal
    percent: Decimal
    pnl: Decimal


@dataclass(frozen=True, slots=True)
class Total:
    """In the capital's currency, and in percent of all the bot's capital."""

    pnl: Decimal
    percent: Decimal


def find_results(trips: Sequence[RoundTrip], terms: Terms, last_price: Decimal) -> list[Result]:
    with localcontext(EXACT):
        return [_result(trip, terms, last_price) for trip in trips]


def add_up(results: Sequence[Result], capital: Decimal) -> Total:
    with localcontext(EXACT):
        pnl = sum((result.pnl for result in results), ZERO)
        return Total(pnl, (pnl / capital * HUNDRED).quantize(SHOWN_PLACES))


def _result(trip: RoundTrip, terms: Terms, last_price: Decimal) -> Result:
    instrument = terms.instrument
    # Of a capital that is too small for the exchange the result is shown all the same, next to what would do.
    quantity = entry_quantity(terms.budget, trip.entry_price, instrument) or terms.budget / trip.entry_price
    position = _position(trip, quantity, instrument)
    gained = position.realised
    if trip.exit_price is None:
        gained = unrealised(position.held, position.open_cost, last_price)
    percent = (gained / position.cost * HUNDRED).quantize(SHOWN_PLACES)
    return Result(trip, quantity, percent, (gained / terms.rate).quantize(MONEY_PLACES))


def _position(trip: RoundTrip, quantity: Decimal, instrument: Instrument) -> Position:
    """What the ledger would make of these two orders; the fee of a purchase comes out of what was bought."""
    bought = _fill(
        Side.BUY, trip.entry_price, quantity, quantity * TAKER_FEE, instrument.base, trip.opened_at
    )
    held = fold([bought], instrument.base, instrument.quote)
    if trip.exit_price is None or trip.closed_at is None:
        return held
    quantity = exit_quantity(held.held, instrument) or held.held
    fee = quantity * trip.exit_price * TAKER_FEE
    sold = _fill(Side.SELL, trip.exit_price, quantity, fee, instrument.quote, trip.closed_at)
    return fold([bought, sold], instrument.base, instrument.quote)


def _fill(
    side: Side, price: Decimal, quantity: Decimal, fee: Decimal, fee_asset: str, at: datetime
) -> PositionFill:
    return PositionFill(
        exchange_fill_id=side.value,
        side=side,
        price=price,
        quantity=quantity,
        fee=fee,
        fee_asset=fee_asset,
        liquidity=Liquidity.TAKER,
        executed_at=at,
        display_rate=None,
        fee_rate=None,
    )
