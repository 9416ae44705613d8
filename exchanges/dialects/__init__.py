"""One module per exchange: its requests, answers, ids and codes, without any transport."""

from exchanges.dialects.base import Dialect
from exchanges.dialects.binance import BinanceDialect
from exchanges.dialects.bybit import BybitDialect
from exchanges.errors import RequestRefused

DIALECTS: dict[str, Dialect] = {"binance": BinanceDialect(), "bybit": BybitDialect()}


def get_dialect(exchange: str) -> Dialect:
    """Raises RequestRefused for an exchange that Cardume has no dialect for."""
    try:
        return DIALECTS[exchange]
    except KeyError:
        raise RequestRefused(f"{exchange} is not supported") from None
