"""What of a position can be sold now, and why not all of it. Pure; in base asset."""

from decimal import Decimal

from bots.cooldown import Cooldown
from bots.sizing import ceil_to_step, exit_quantity, is_placeable
from exchanges.domain import Instrument, Ticker
from saas.exact_decimal import plain
from trades.funds import Left, Reading

# The rest of a sale in parts must be sellable after a fall, too.
REST_MARGIN = Decimal("1.1")


def sellable_quantity(held: Decimal, left: Left, bid: Decimal, instrument: Instrument) -> Decimal:
    """On the lot grid, and never more than the bot holds, its account has left for this sale, or one order may have.

    What one order may have changes at some exchanges: it can be less than what was bought at once. Of a sale in parts so
    much is kept back that the rest can be sold too once its coins are free, or one order is over: what is too little to be
    sold would be given up as dust. If that leaves nothing to sell now, the dust is the smaller loss.
    """
    largest = held if instrument.max_quantity is None else instrument.max_quantity
    most = exit_quantity(min(held, left.amount, largest), instrument)
    rest = exit_quantity(held - most, instrument)
    if not rest or is_placeable(rest, bid, instrument):
        return most
    kept = ceil_to_step(instrument.min_notional * REST_MARGIN / bid, instrument.lot_size)
    part = exit_quantity(held - max(kept, instrument.min_quantity), instrument)
    return part if is_placeable(part, bid, instrument) else most


def are_dust(quantity: Decimal, ticker: Ticker, instrument: Instrument) -> bool:
    """Whether the exchange would let nobody sell so little.

    The last price counts beside the bid: bids that are gone for a moment make no dust of a whole position.
    """
    return not is_placeable(quantity, max(ticker.bid, ticker.last / REST_MARGIN), instrument)


def are_missing(held: Decimal, left: Left, instrument: Instrument) -> bool:
    """Whether coins would be missing even if none were in open orders; less than a lot is dust."""
    return left.there < exit_quantity(held, instrument)


def describe_shortage(held: Decimal, left: Left, reading: Reading, instrument: Instrument) -> Cooldown:
    """Why a sale has to wait: its coins are not there, or they are in open orders of the account's owner."""
    details = {"held": plain(held), "left": plain(left.amount), "base": reading.asset}
    if are_missing(held, left, instrument):
        return Cooldown("coins_missing", details)
    return Cooldown("coins_locked", {**details, "locked": plain(reading.total - reading.free)})
