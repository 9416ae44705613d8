"""The paper exchange, from outside: what it was asked, and what a benchmark does to it."""

from collections.abc import Mapping
from typing import Any

import requests

TIMEOUT_SECONDS = 10
OWN = "/paper/"
PUBLIC_PATHS = (
    "/api/v3/ping",
    "/api/v3/time",
    "/api/v3/exchangeInfo",
    "/api/v3/klines",
    "/api/v3/ticker",
    "/api/v3/avgPrice",
    "/api/v3/depth",
    "/api/v3/trades",
    "/api/v3/aggTrades",
    "/v5/market/",
    "/ws",
    "/stream",
)


class PaperExchange:
    """Of a platform that was started with PAPER_FAULTS=1."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def close(self) -> None:
        self._session.close()

    def read_requests(self) -> dict[str, int]:
        """How often each endpoint ("GET /api/v3/klines") was asked since the start."""
        return {name: int(count) for name, count in self._call("GET", "requests")["endpoints"].items()}

    def set_price(self, symbol: str, price: str | None) -> None:
        """Hold a pair ("BTC/USDT") at a price from this second on; None lets it go its way again."""
        self._call("POST", "price", {"symbol": symbol.replace("/", ""), "price": price})

    def list_orders(self, api_key: str) -> list[dict[str, Any]]:
        """Everything that was placed with this key, as the exchange keeps it; `created_ms` is when it was accepted."""
        orders: list[dict[str, Any]] = self._call("GET", f"ledger?apiKey={api_key}")["orders"]
        return orders

    def count_placings(self, api_key: str) -> int:
        """How often this key has asked to place an order since the start, whatever became of it."""
        return len(self._call("GET", f"requests?apiKey={api_key}")["placings"])

    def change_account(self, **content: Any) -> None:
        self._call("POST", "account", content)

    def set_faults(self, *rules: Mapping[str, Any]) -> None:
        """Only these from now on."""
        self._call("POST", "faults", {"clear": True, "add": list(rules)})

    def read_limits(self) -> dict[str, Any]:
        """What it allows an address, what it has refused since the start, and the highest weight of a minute."""
        limits: dict[str, Any] = self._call("GET", "limits")
        return limits

    def list_symbols(self, quote: str = "USDT") -> list[str]:
        """The pairs with this quote asset, stable coins left out."""
        listed = self._get_public("exchangeInfo")["symbols"]
        return [
            f"{one['baseAsset']}/{quote}"
            for one in listed
            if one["quoteAsset"] == quote and not one["baseAsset"].startswith("USD")
        ]

    def price_of(self, symbol: str) -> str:
        name = symbol.replace("/", "")
        return str(self._get_public(f"ticker/price?symbol={name}")["price"])

    def _get_public(self, path: str) -> Any:
        answer = self._session.get(f"{self._url}/api/v3/{path}", timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def _call(self, method: str, path: str, content: Any = None) -> Any:
        url = f"{self._url}/paper/control/{path}"
        answer = self._session.request(method, url, json=content, timeout=TIMEOUT_SECONDS)
        if not answer.ok:
            raise RuntimeError(f"the paper exchange refused {path}: {answer.text}")
        return answer.json()


def is_public(endpoint: str) -> bool:
    """Whether "GET /api/v3/klines" needs no key."""
    return endpoint.rpartition(" ")[2].startswith(PUBLIC_PATHS)


def is_own(endpoint: str) -> bool:
    """Whether no real exchange has it: a benchmark's own questions, and the supervisor's."""
    return endpoint.rpartition(" ")[2].startswith(OWN)


def count_asked(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """By endpoint, what came in between."""
    grown = {name: count - before.get(name, 0) for name, count in after.items()}
    return {name: count for name, count in grown.items() if count and not is_own(name)}
