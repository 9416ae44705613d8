"""Everything Bybit's dialect answers."""

from starlette.routing import Route

from ..exchange import Exchange
from ..limits import Limits
from .account_routes import ACCOUNT_ENDPOINTS
from .endpoint import build_routes
from .history_routes import HISTORY_ENDPOINTS
from .limits import RateMeter
from .market_routes import MARKET_ENDPOINTS
from .order_routes import ORDER_ENDPOINTS


def build_bybit_routes(exchange: Exchange, limits: Limits) -> list[Route]:
    """The routes below /v5."""
    endpoints = (*MARKET_ENDPOINTS, *ORDER_ENDPOINTS, *HISTORY_ENDPOINTS, *ACCOUNT_ENDPOINTS)
    return build_routes(exchange, endpoints, RateMeter(limits))
