"""Everything Binance's dialect answers."""

from starlette.routing import Route

from ..exchange import Exchange
from .account_routes import ACCOUNT_ENDPOINTS
from .endpoint import build_routes
from .market_routes import MARKET_ENDPOINTS
from .order_routes import ORDER_ENDPOINTS
from .weights import WeightMeter


def build_binance_routes(exchange: Exchange, weight_limit: int) -> list[Route]:
    """The routes below /api/v3 and /sapi/v1; a `weight_limit` of 0 counts weights and refuses nobody."""
    endpoints = (*MARKET_ENDPOINTS, *ORDER_ENDPOINTS, *ACCOUNT_ENDPOINTS)
    return build_routes(exchange, endpoints, WeightMeter(weight_limit))
