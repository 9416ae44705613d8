"""How much to buy, and how much capital a configuration needs. Pure; all Decimal.

An entry gets the bot's capital divided by its open trades at most, less a reserve for the price moving between the decision
and the fill. A market buy's fee comes out of what was bought, so the whole share may be spent.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from exchanges.domain import Instrument
from trades.domain import SLIPPAGE_RESERVE

TAKER_FEE = Decimal("0.001")
# Without a stop the sale may come after a fall; a tenth is what a position must survive and still be sellable.
FALL_WITHOUT_STOP_PERCENT = Decimal(10)
HUNDRED = Decimal(100)


def floor_to_step(quantity: Decimal, step: Decimal) -> Decimal:
    return (quantity / step).to_integral_value(ROUND_FLOOR) * step


def ceil_to_step(quantity: Decimal, step: Decimal) -> Decimal:
    return (quantity / step).to_integral_value(ROUND_CEILING) * step


def entry_quantity(budget: Decimal, ask: Decimal, instrument: Instrument) -> Decimal:
    """The base quantity a budget in quote buys at this ask, on the lot grid; 0 if that is below a minimum."""
    quantity = floor_to_step(budget / (ask * (1 + SLIPPAGE_RESERVE)), instrument.lot_size)
    if instrument.max_quantity is not None:
        quantity = min(quantity, floor_to_step(instrument.max_quantity, instrument.lot_size))
    return quantity if is_placeable(quantity, ask, instrument) else Decimal(0)


def exit_quantity(held: Decimal, instrument: Instrument) -> Decimal:
    """What of a holding can be sold: on the lot grid, never more than is held."""
    return floor_to_step(held, instrument.lot_size)


def is_placeable(quantity: Decimal, price: Decimal, instrument: Instrument) -> bool:
    return quantity >= max(instrument.min_quantity, instrument.lot_size) and (
        quantity * price >= instrument.min_notional
    )


def least_budget(price: Decimal, stop_loss_percent: Decimal | None, instrument: Instrument) -> Decimal:
    """The smallest budget in quote whose entry, and whose sale at the stop, both pass the exchange's filters."""
    fall = FALL_WITHOUT_STOP_PERCENT if stop_loss_percent is None else stop_loss_percent
    exit_price = price * (1 - fall / HUNDRED) * (1 - SLIPPAGE_RESERVE)
    smallest_sale = max(instrument.min_quantity, instrument.lot_size, instrument.min_notional / exit_price)
    sold = ceil_to_step(smallest_sale, instrument.lot_size)
    bought = ceil_to_step(sold / (1 - TAKER_FEE), instrument.lot_size)
    return bought * price * (1 + SLIPPAGE_RESERVE)
