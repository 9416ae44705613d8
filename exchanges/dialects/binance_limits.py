"""What Binance's requests weigh and what its answers say of limits.

https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits: an address may use so much weight in a minute,
whoever's keys it uses; an account may place so many orders in ten seconds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from exchanges.dialects.reading import number_in
from exchanges.domain import RateLimit

# An order costs 50 with everything around it: the balance (20), a look for lost orders before the first of a symbol (20),
# the order (1), what became of it (4) and its fills (5).
LIMIT = RateLimit(weight=6_000, seconds=60, order_weight=50)
WEIGHTS: Mapping[tuple[str, str], int] = {
    ("POST", "order"): 1,
    ("GET", "order"): 4,
    ("DELETE", "order"): 1,
    ("GET", "account"): 20,
    ("GET", "myTrades"): 20,
    ("GET", "allOrders"): 20,
    # Has a limiter of its own, which is wider.
    ("GET", "account/apiRestrictions"): 1,
    ("GET", "time"): 1,
    ("GET", "exchangeInfo"): 20,
    ("GET", "klines"): 2,
    ("GET", "ticker/price"): 4,
    ("GET", "ticker/bookTicker"): 4,
    ("GET", "ticker/24hr"): 80,
}
TRADES_OF_ONE_ORDER = 5
# The 24 h ticker by how many symbols are named.
DAY_TICKERS = ((20, 2), (100, 40))
ORDERS_IN_TEN_SECONDS = 100


def weigh(method: str, path: str, params: Mapping[str, Any]) -> int:
    """As documented; what is not, weighs as much as the heaviest that is."""
    weight = WEIGHTS.get((method, path), max(WEIGHTS.values()))
    if path == "myTrades" and "orderId" in params:
        return TRADES_OF_ONE_ORDER
    if path == "ticker/24hr" and "symbols" in params:
        named = str(params["symbols"]).count(",") + 1
        return next((light for most, light in DAY_TICKERS if named <= most), weight)
    return weight


def used_weight(headers: Mapping[str, str]) -> int | None:
    return number_in(headers, "X-MBX-USED-WEIGHT-1M")


def pause_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """Until the ten seconds are over in which this account has placed as many orders as it may."""
    placed = number_in(headers, "X-MBX-ORDER-COUNT-10S")
    if placed is None or placed < ORDERS_IN_TEN_SECONDS:
        return 0.0
    return 10 - now.timestamp() % 10


def read_limit(path: str, body: Any) -> int | None:
    """The weight by minute that the exchange's own rules name, where `body` is those."""
    if path != "exchangeInfo" or not isinstance(body, dict):
        return None
    rules = body.get("rateLimits")
    found = [rule for rule in rules if is_weight_by_minute(rule)] if isinstance(rules, list) else []
    limit = found[0].get("limit") if found else None
    return limit if isinstance(limit, int) and limit > 0 else None


def is_weight_by_minute(rule: Any) -> bool:
    names = ("rateLimitType", "interval", "intervalNum")
    return isinstance(rule, dict) and [rule.get(name) for name in names] == ["REQUEST_WEIGHT", "MINUTE", 1]
