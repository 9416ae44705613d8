"""Which of Bybit's errors each refusal of the exchange becomes."""

import logging

from ..balances import InsufficientBalanceError
from ..exchange import DuplicateOrderError, OrderClosedError, UnknownOrderError, WouldTakeLiquidityError
from ..market import UnknownSymbolError
from ..prices.source import PricesUnavailableError
from ..rules import Bound, RuleViolationError
from . import errors
from .errors import BybitError

logger = logging.getLogger(__name__)

_PRICE_GRID = {
    Bound.STEP: (170134, "Order price has too many decimals."),
    Bound.MINIMUM: (170133, "Order price lower than the minimum."),
    Bound.MAXIMUM: (170132, "Order price is too high."),
}
_RULES = {
    "PRICE_FILTER": _PRICE_GRID,
    "PERCENT_PRICE_BY_SIDE": {
        Bound.MINIMUM: (170194, "Sell order price cannot be lower than the limit."),
        Bound.MAXIMUM: (170193, "Buy order price cannot be higher than the limit."),
    },
    "LOT_SIZE": {
        Bound.STEP: (170137, "Order quantity has too many decimals."),
        Bound.MINIMUM: (170136, "Order quantity exceeded lower limit."),
        Bound.MAXIMUM: (170135, "Order quantity exceeded upper limit."),
    },
    "MARKET_LOT_SIZE": {Bound.MAXIMUM: (170135, "Order quantity exceeded upper limit.")},
    "NOTIONAL": {
        Bound.MINIMUM: (170140, "Order value exceeded lower limit."),
        Bound.MAXIMUM: (170124, "Order amount too large."),
    },
    "MAX_NUM_ORDERS": {Bound.MAXIMUM: (110020, "You can't have more than 500 active orders.")},
}


def translate(error: Exception, *, trading: bool) -> BybitError:
    """The one place where the exchange's own refusals become Bybit's; `trading` is whether an order was asked for."""
    match error:
        case RuleViolationError():
            code, message = _RULES[error.rule][error.bound]
            return BybitError(code, message)
        case UnknownSymbolError():
            return errors.invalid_symbol() if trading else errors.unsupported_symbol()
        case InsufficientBalanceError():
            return errors.insufficient_balance()
        case DuplicateOrderError():
            return errors.duplicate_order()
        case WouldTakeLiquidityError():
            return errors.would_take()
        case OrderClosedError() | UnknownOrderError():
            return errors.no_such_order()
        case PricesUnavailableError():
            return errors.server_error()
    logger.error("a request failed", exc_info=error)
    return errors.server_error()
