"""What Binance does with an order: the ids it takes, its acknowledgement, where it is found, which codes refuse it.

An acknowledgement says that an order exists, and it can be looked up by our client order id in one place. That id is free
again once its order has closed: "Duplicate order sent" means that ours is open, so it is no refusal of ours. Refusals come
with HTTP 4xx and a code: https://developers.binance.com/docs/binance-spot-api-docs/errors. A code that stands in none of
these sets leaves an order unknown.
"""

import re
from typing import Any

from exchanges.answers import Answer, retry_seconds
from exchanges.dialects import binance_parsing as parsing
from exchanges.dialects.base import exchange_symbol
from exchanges.dialects.reading import UNREADABLE, identifier
from exchanges.domain import Acknowledgement, Execution, OrderRequest
from exchanges.errors import ExchangeError, ExchangeUnavailable, KeyRefused, RateLimited, RequestRefused

CLIENT_ORDER_IDS = re.compile(r"[0-9A-Za-z_-]{1,36}")
NOT_FOUND = "-2013"
CANCEL_REJECTED = "-2011"
ACCOUNT_ORDER_LIMIT = "-1015"
RATE_CODES = frozenset({"-1003"})
KEY_CODES = frozenset({"-1002", "-1022", "-2008", "-2014", "-2015"})
# -1021 is a clock that is off: nothing is wrong with the request itself, and the same one succeeds later.
TRANSIENT_CODES = frozenset({"-1000", "-1001", "-1004", "-1006", "-1007", "-1008", "-1016", "-1021"})
ORDER_REFUSALS = frozenset({"-1013", "-1021", "-1022", "-2010", "-2014", "-2015"})


def read_acknowledgement(body: Any, order: OrderRequest) -> Acknowledgement:
    """Raises ValueError if this acknowledges another order."""
    echoed = body["clientOrderId"], body["symbol"]
    if echoed != (order.client_order_id, exchange_symbol(order.symbol)):
        raise ValueError("the acknowledgement is for another order")
    return Acknowledgement(identifier(body["orderId"]), _read_execution(body, order.symbol))


def _read_execution(body: Any, symbol: str) -> Execution | None:
    """What a full answer tells of the order; None where that is missing or unreadable, for it can be asked."""
    try:
        return parsing.read_execution(body, symbol)
    except UNREADABLE:
        return None


def is_success(answer: Answer) -> bool:
    return answer.status == 200 and answer.body is not None and not error_code(answer).startswith("-")


def is_definite_no(answer: Answer) -> bool:
    code = error_code(answer)
    if answer.status in (418, 429):
        return bool(code)
    duplicate = code == "-2010" and "duplicate" in str(answer.fields.get("msg", "")).lower()
    return 400 <= answer.status < 500 and code in ORDER_REFUSALS and not duplicate


def read_error(answer: Answer) -> ExchangeError:
    code = error_code(answer)
    reason = str(answer.fields.get("msg", "")) or f"HTTP {answer.status} without a readable answer"
    if code == ACCOUNT_ORDER_LIMIT:
        return RequestRefused(reason, code)  # this account's own limit: nobody else has to wait for it
    if answer.status in (403, 418, 429) or code in RATE_CODES:
        return RateLimited(reason, code, retry_seconds(answer))
    if code in KEY_CODES:
        return KeyRefused(reason, code)
    if not code or answer.status >= 500 or answer.status < 400 or code in TRANSIENT_CODES:
        return ExchangeUnavailable(reason, code)
    return RequestRefused(reason, code)


def error_code(answer: Answer) -> str:
    """Binance's own code, such as `-2015`; empty where the body has none."""
    code = answer.fields.get("code", "")
    return str(code) if isinstance(code, int | str) else ""
