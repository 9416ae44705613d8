"""What a fault must know of a dialect: how it words an error, and where things are in its answers."""

from typing import Any, Protocol

from starlette.types import Scope

from ..binance import rendering as binance
from ..bybit import rendering as bybit
from ..bybit.ids import read_order_id
from ..clock import wall_ms
from ..orders import Fill, Order
from .answer import Answer, Header

Json = dict[str, Any]
_TIMEOUT = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."


class Dialect(Protocol):
    """The dialect of a path. `key_header` is where its requests name their key."""

    key_header: bytes

    def server_error(self, status: int) -> Answer: ...

    def too_many_requests(self, status: int, retry_after: int) -> Answer: ...

    def rows(self, content: Any) -> list[Any] | None:
        """The list in an answer, to be changed in place; None where there is none."""

    def order_number(self, order_id: Any) -> int:
        """The exchange's own number of an order from its id in an answer."""

    def order_fields(self, order: Order, fills: list[Fill]) -> Json:
        """Everything that any answer says of an order."""


class BinanceDialect:
    key_header = b"x-mbx-apikey"
    _errors = {
        500: (-1000, "An unknown error occurred while processing the request."),
        502: (-1006, "An unexpected response was received from the message bus. Execution status unknown."),
        503: (-1001, "Internal error; unable to process your request. Please try again."),
        504: (-1007, _TIMEOUT),
    }
    _limits = {
        429: "Too many requests; current limit is 6000 request weight per 1 MINUTE.",
        418: "Way too much request weight used; IP banned. Please use WebSocket Streams for live updates.",
    }

    def server_error(self, status: int) -> Answer:
        code, message = self._errors[status]
        return Answer.of_json(status, {"code": code, "msg": message})

    def too_many_requests(self, status: int, retry_after: int) -> Answer:
        if status == 403:
            return Answer.of_page(status)
        status = 429 if status == 200 else status
        headers = [(b"retry-after", str(retry_after).encode())]
        return Answer.of_json(status, {"code": -1003, "msg": self._limits[status]}, headers)

    def rows(self, content: Any) -> list[Any] | None:
        return content if isinstance(content, list) else None

    def order_number(self, order_id: Any) -> int:
        return int(order_id)

    def order_fields(self, order: Order, fills: list[Fill]) -> Json:
        return binance.render_order(order) | binance.render_placed(order, fills, "FULL")


class BybitDialect:
    key_header = b"x-bapi-api-key"
    _errors = {
        500: (10016, "Server error."),
        502: (10016, "Server error."),
        503: (10016, "Service is restarting."),
        504: (10000, "Server Timeout"),
    }
    _too_many_visits = (10006, "Too many visits. Exceeded the API Rate Limit.")
    _banned = (10018, "Exceeded the IP Rate Limit.")

    def server_error(self, status: int) -> Answer:
        return self._refuse(status, *self._errors[status])

    def too_many_requests(self, status: int, retry_after: int) -> Answer:
        reset = wall_ms() + retry_after * 1000
        headers = [
            (b"x-bapi-limit", b"20"),
            (b"x-bapi-limit-status", b"0"),
            (b"x-bapi-limit-reset-timestamp", str(reset).encode()),
            (b"retry-after", str(retry_after).encode()),
        ]
        if status in (200, 429):
            return self._refuse(status, *self._too_many_visits, headers)
        return self._refuse(403, *self._banned, headers)

    def rows(self, content: Any) -> list[Any] | None:
        result = content.get("result") if isinstance(content, dict) else None
        found = result.get("list") if isinstance(result, dict) else None
        return found if isinstance(found, list) else None

    def order_number(self, order_id: Any) -> int:
        return read_order_id(str(order_id))

    def order_fields(self, order: Order, fills: list[Fill]) -> Json:
        return bybit.render_order(order, fills)

    def _refuse(self, status: int, code: int, message: str, headers: list[Header] | None = None) -> Answer:
        content = {"retCode": code, "retMsg": message, "result": {}, "retExtInfo": {}, "time": wall_ms()}
        return Answer.of_json(status, content, headers or [])


_BINANCE, _BYBIT = BinanceDialect(), BybitDialect()
_BYBIT_PATHS = "/v5/"


def dialect_of(path: str) -> Dialect:
    """Bybit's own paths, and Binance's for everything else."""
    return _BYBIT if path.startswith(_BYBIT_PATHS) else _BINANCE


def key_of(scope: Scope) -> str:
    """The key a request names in the header of its path's dialect, or nothing."""
    header = dialect_of(scope["path"]).key_header
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == header), "")
