"""Everything Binance's dialect answers."""

from starlette.routing import Route

from ..exchange import Exchange
from ..limits import Limits
from .account_routes import ACCOUNT_ENDPOINTS
from .endpoint import build_routes
from .market_routes import MARKET_ENDPOINTS, rules_endpoint
from .order_routes import ORDER_ENDPOINTS
from .weights import WeightMeter


def build_binance_routes(exchange: Exchange, limits: Limits) -> list[Route]:
    """The routes below /api/v3 and /sapi/v1."""
    endpoints = (rules_endpoint(limits), *MARKET_ENDPOINTS, *ORDER_ENDPOINTS, *ACCOUNT_ENDPOINTS)
    return build_routes(exchange, endpoints, WeightMeter(limits))
