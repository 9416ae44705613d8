"""What Bybit allows: https://bybit-exchange.github.io/docs/v5/rate-limit.

An address may send 600 requests in any five seconds, whatever they ask, and no answer tells how many it has sent. An account
may ask each endpoint so often a second, which the headers of every signed answer tell.
"""

from collections.abc import Mapping
from datetime import datetime

from exchanges.dialects.reading import number_in
from exchanges.domain import RateLimit

# A second longer than documented: what is granted apart may arrive together, one request too many bans for ten minutes, and
# no answer warns. An order is ten requests at most: the balance, a look for lost orders, the order, its fate, its fills.
LIMIT = RateLimit(weight=600, seconds=6, order_weight=10)
LONGEST_PAUSE = 1.0


def pause_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """Until this account may ask this endpoint again; 0 while it may."""
    if number_in(headers, "X-Bapi-Limit-Status") != 0:
        return 0.0
    reset = number_in(headers, "X-Bapi-Limit-Reset-Timestamp")
    left = LONGEST_PAUSE if reset is None else reset / 1_000 - now.timestamp()
    # By the second; more or less than that is a clock that is off.
    return min(max(left, 0.01), LONGEST_PAUSE)
