"""The trading rules of a pair: grids, sizes, notional. Named as the venues name their filters."""

from decimal import Decimal
from enum import Enum

from .instruments import Instrument
from .orders import OrderRequest, OrderType

MAX_OPEN_ORDERS = 200
# A limit price may be this many times above, or this fraction below, the current price.
PERCENT_UP = Decimal(5)
PERCENT_DOWN = Decimal("0.2")
MAX_NOTIONAL = Decimal(9_000_000)
MAX_PRICE_TICKS = 10**9
MARKET_MAX_DIVISOR = 20


class Bound(Enum):
    """Which part of a rule an order breaks."""

    STEP = "step"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"


class RuleViolationError(Exception):
    """An order that breaks a rule of its pair; `rule` names it (PRICE_FILTER, LOT_SIZE, NOTIONAL …)."""

    def __init__(self, rule: str, bound: Bound) -> None:
        super().__init__(rule)
        self.rule = rule
        self.bound = bound


def check_order(instrument: Instrument, request: OrderRequest, current: Decimal) -> None:
    """Check a request against every rule, with the current price for what a market order is worth."""
    if request.price is not None:
        check_price(instrument, request, current)
    if request.quantity is not None:
        check_quantity(instrument, request.quantity)
        if (
            request.type is OrderType.MARKET
            and request.quantity > instrument.max_quantity / MARKET_MAX_DIVISOR
        ):
            raise RuleViolationError("MARKET_LOT_SIZE", Bound.MAXIMUM)
    check_notional(instrument, _worth(request, current), request.type)


def check_price(instrument: Instrument, request: OrderRequest, current: Decimal) -> None:
    price, tick = request.price or Decimal(0), instrument.tick_size
    _check_grid("PRICE_FILTER", price, tick, (tick, instrument.price(MAX_PRICE_TICKS)))
    _check_bounds("PERCENT_PRICE_BY_SIDE", price, (current * PERCENT_DOWN, current * PERCENT_UP))


def check_quantity(instrument: Instrument, quantity: Decimal) -> None:
    lot = instrument.lot_size
    _check_grid("LOT_SIZE", quantity, lot, (lot, instrument.max_quantity))


def check_notional(instrument: Instrument, notional: Decimal, order_type: OrderType) -> None:
    largest = notional if order_type is OrderType.MARKET else MAX_NOTIONAL
    _check_bounds("NOTIONAL", notional, (instrument.min_notional, largest))


def _check_grid(rule: str, value: Decimal, step: Decimal, bounds: tuple[Decimal, Decimal]) -> None:
    if value % step:
        raise RuleViolationError(rule, Bound.STEP)
    _check_bounds(rule, value, bounds)


def _check_bounds(rule: str, value: Decimal, bounds: tuple[Decimal, Decimal]) -> None:
    smallest, largest = bounds
    if value < smallest:
        raise RuleViolationError(rule, Bound.MINIMUM)
    if value > largest:
        raise RuleViolationError(rule, Bound.MAXIMUM)


def _worth(request: OrderRequest, current: Decimal) -> Decimal:
    if request.quote_quantity is not None:
        return request.quote_quantity
    return (request.quantity or Decimal(0)) * (request.price or current)
