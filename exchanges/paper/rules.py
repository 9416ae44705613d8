"""The trading rules of a pair: grids, sizes, notional. Named as the venues name their filters."""

from decimal import Decimal

from .instruments import Instrument
from .orders import OrderRequest, OrderType

MAX_OPEN_ORDERS = 200
# A limit price may be this many times above, or this fraction below, the current price.
PERCENT_UP = Decimal(5)
PERCENT_DOWN = Decimal("0.2")
MAX_NOTIONAL = Decimal(9_000_000)
MAX_PRICE_TICKS = 10**9
MARKET_MAX_DIVISOR = 20


class RuleViolationError(Exception):
    """An order that breaks a rule of its pair; `rule` names it (PRICE_FILTER, LOT_SIZE, NOTIONAL …)."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


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
            raise RuleViolationError("MARKET_LOT_SIZE")
    check_notional(instrument, _worth(request, current), request.type)


def check_price(instrument: Instrument, request: OrderRequest, current: Decimal) -> None:
    price = request.price or Decimal(0)
    if price % instrument.tick_size or not instrument.tick_size <= price <= instrument.price(MAX_PRICE_TICKS):
        raise RuleViolationError("PRICE_FILTER")
    if not current * PERCENT_DOWN <= price <= current * PERCENT_UP:
        raise RuleViolationError("PERCENT_PRICE_BY_SIDE")


def check_quantity(instrument: Instrument, quantity: Decimal) -> None:
    if quantity % instrument.lot_size or not instrument.lot_size <= quantity <= instrument.max_quantity:
        raise RuleViolationError("LOT_SIZE")


def check_notional(instrument: Instrument, notional: Decimal, order_type: OrderType) -> None:
    if notional < instrument.min_notional:
        raise RuleViolationError("NOTIONAL")
    if order_type is not OrderType.MARKET and notional > MAX_NOTIONAL:
        raise RuleViolationError("NOTIONAL")


def _worth(request: OrderRequest, current: Decimal) -> Decimal:
    if request.quote_quantity is not None:
        return request.quote_quantity
    return (request.quantity or Decimal(0)) * (request.price or current)
