"""What of a position can be sold now, and why not all of it. Pure; in base asset."""

from decimal import Decimal

from bots.cooldown import Cooldown
from bots.sizing import exit_quantity
from exchanges.domain import Instrument
from saas.exact_decimal import plain
from trades.funds import Left, Reading


def sellable_quantity(held: Decimal, left: Left, instrument: Instrument) -> Decimal:
    """On the lot grid, and never more than the bot holds nor than its account has left for this sale."""
    return exit_quantity(min(held, left.amount), instrument)


def are_missing(held: Decimal, left: Left, instrument: Instrument) -> bool:
    """Whether coins would be missing even if none were in open orders; less than a lot is dust."""
    return left.there < exit_quantity(held, instrument)


def describe_shortage(held: Decimal, left: Left, reading: Reading, instrument: Instrument) -> Cooldown:
    """Why a sale has to wait: its coins are not there, or they are in open orders of the account's owner."""
    details = {"held": plain(held), "left": plain(left.amount), "base": reading.asset}
    if are_missing(held, left, instrument):
        return Cooldown("coins_missing", details)
    return Cooldown("coins_locked", {**details, "locked": plain(reading.total - reading.free)})
