"""What Bybit does with an order: the ids it takes, its acknowledgement, where it is found, which codes refuse it.

An acknowledgement says that an order was accepted; for a moment it may be listed nowhere, and what became of it is told by
the lists alone. A client order id is never free again: a refusal as a duplicate means that ours exists, so it is no refusal
of ours. Refusals come with HTTP 200 and a code: https://bybit-exchange.github.io/docs/v5/error. A code that stands in none
of these sets leaves an order unknown.
"""

import re
from typing import Any

from exchanges.answers import Answer, retry_seconds
from exchanges.dialects.reading import identifier
from exchanges.domain import Acknowledgement, OrderRequest
from exchanges.errors import ExchangeError, ExchangeUnavailable, KeyRefused, RateLimited, RequestRefused

CLIENT_ORDER_IDS = re.compile(r"[0-9A-Za-z_-]{1,36}")
# Among the open and the last closed orders, then in the history. One that is in neither is not there (yet).
LOOKED_UP_IN = ("v5/order/realtime", "v5/order/history")

# 10006 is one account's limit and not the address's: it is among the transient ones, so that nobody else waits for it.
RATE_CODES = frozenset({"10018", "10429"})
IP_BANNED = "10009"
KEY_CODES = frozenset({"-2015", "10003", "10004", "10005", "10007", "10010", "33004"})
TRANSIENT_CODES = frozenset({"10000", "10002", "10006", "10016", "10019", "170001", "170007", "170032"})
ALREADY_CLOSED = frozenset({"110001", "110008", "110010", "170139", "170142", "170143", "170190", "170213"})
# The gateway's own, before the trading service hears of an order. 10000, 10016 and 170007 come after that.
REFUSED_BEFORE_TRADING = frozenset({"10001", "10002", "10006", "10018", "10024", "10027", "10028", "10029"})
# The trading service's. Not among them are 110030, 110072 and 170141 (duplicates), 170146 (a timeout), 170149 and 170210
# (rejected, without saying when).
NO_FUNDS = frozenset({"110004", "110007", "110012", "170131"})
WRONG_FORM = frozenset({"170105", "170115", "170116", "170117", "170121", "170130"})
WRONG_SIZE = frozenset({"110094", "170124", "170135", "170136", "170137", "170140", "170148"})
TOO_LARGE_FOR_THE_BOOK = frozenset({"170197", "170198", "170228", "170229"})
WRONG_PRICE = frozenset({"110003", "170132", "170133", "170134", "170192", "170193", "170194", "170218"})
OUTSIDE_PRICE_LIMITS = frozenset({"170371", "170372"})
PAIR_NOT_TRADED = frozenset({"170151", "170157", "170159", "170217"})
ACCOUNT_LIMITED = frozenset({"110020", "170005", "170201", "170209"})
REFUSED_ORDER = (
    NO_FUNDS
    | WRONG_FORM
    | WRONG_SIZE
    | TOO_LARGE_FOR_THE_BOOK
    | WRONG_PRICE
    | OUTSIDE_PRICE_LIMITS
    | PAIR_NOT_TRADED
    | ACCOUNT_LIMITED
)
ORDER_REFUSALS = REFUSED_BEFORE_TRADING | REFUSED_ORDER | KEY_CODES
# An address that asked too often gets a bare 403 for ten minutes.
BAN_SECONDS = 600.0


def read_acknowledgement(body: Any, order: OrderRequest) -> Acknowledgement:
    """The exchange tells nothing but its order id. Raises ValueError if this acknowledges another order."""
    result = body["result"]
    if result["orderLinkId"] != order.client_order_id:
        raise ValueError("the acknowledgement is for another order")
    return Acknowledgement(identifier(result["orderId"]))


def is_success(answer: Answer) -> bool:
    return answer.status == 200 and error_code(answer) == "0"


def is_definite_no(answer: Answer) -> bool:
    duplicate = "duplicate" in str(answer.fields.get("retMsg", "")).lower()
    return answer.status < 500 and error_code(answer) in ORDER_REFUSALS and not duplicate


def read_error(answer: Answer) -> ExchangeError:
    code = error_code(answer)
    reason = str(answer.fields.get("retMsg", "")) or f"HTTP {answer.status} without a readable answer"
    if answer.status == 403 or code == IP_BANNED:
        return RateLimited(reason, code, retry_seconds(answer, BAN_SECONDS))
    if answer.status == 429 or code in RATE_CODES:
        return RateLimited(reason, code, retry_seconds(answer))
    if code in KEY_CODES or (answer.status == 401 and not code):
        return KeyRefused(reason, code)
    if code in ("", "0") or answer.status >= 500 or code in TRANSIENT_CODES:
        return ExchangeUnavailable(reason, code)
    return RequestRefused(reason, code)


def error_code(answer: Answer) -> str:
    """Bybit's `retCode`, `0` for success; empty where the body has none."""
    code = answer.fields.get("retCode", "")
    return str(code) if isinstance(code, int | str) else ""
