"""An exchange that answers one thing: exchangeInfo with as many symbols as Binance has, built from one real entry."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# What an entry of Binance's has beyond one of the paper exchange's: rules for orders that the latter does not take.
_FURTHER_FILTERS: tuple[Mapping[str, Any], ...] = (
    {"filterType": "ICEBERG_PARTS", "limit": 100},
    {
        "filterType": "TRAILING_DELTA",
        "minTrailingAboveDelta": 10,
        "maxTrailingAboveDelta": 2000,
        "minTrailingBelowDelta": 10,
        "maxTrailingBelowDelta": 2000,
    },
    {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 20},
    {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
    {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10},
)
_ORDER_TYPES = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
_GROUPS = ("SPOT", "MARGIN", *(f"TRD_GRP_{number:03}" for number in range(4, 30)))


def multiply_symbols(information: Mapping[str, Any], count: int) -> dict[str, Any]:
    """`information` (an exchangeInfo) with `count` symbols, each like its first with a base asset of its own."""
    first = information["symbols"][0]
    grown = {
        **first,
        "orderTypes": [*first["orderTypes"], *_ORDER_TYPES],
        "filters": [*first["filters"], *_FURTHER_FILTERS],
        "permissionSets": [list(_GROUPS)],
    }
    return {**information, "symbols": [_rename(grown, f"C{number:05}") for number in range(count)]}


def _rename(entry: Mapping[str, Any], base: str) -> dict[str, Any]:
    return {**entry, "symbol": base + entry["quoteAsset"], "baseAsset": base}


@contextmanager
def serving(information: Mapping[str, Any]) -> Iterator[str]:
    """The address at which `/api/v3/exchangeInfo` answers with it, and everything else with 404."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(json.dumps(information).encode()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(body: bytes) -> type[BaseHTTPRequestHandler]:
    class OneAnswer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            known = self.path.partition("?")[0] == "/api/v3/exchangeInfo"
            answer = body if known else b"{}"
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 -- the base class's name
            del format, arguments

    return OneAnswer
