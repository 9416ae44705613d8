"""Prices that rise and fall, so that bots buy and sell every few seconds."""

import threading
from decimal import Decimal
from itertools import count
from types import TracebackType
from typing import Any, Self

import requests

from tests.chaos.crowd import SYMBOLS

LOW, HIGH = Decimal("0.99"), Decimal("1.01")
# How long a price stands: long enough for every bot to see it, short enough for an order at almost every instant.
STAND_SECONDS = 3.0
TIMEOUT_SECONDS = 5
# A part of the orders is answered late: what is killed then is killed with an order in flight.
LATE = [
    {"kind": "delay", "when": when, "seconds": 0.4, "probability": 0.25, "endpoint": f"POST {path}"}
    for path in ("/api/v3/order", "/v5/order/create")
    for when in ("before", "after")
]


class Waves:
    """Moves the prices of SYMBOLS one after the other, from a thread, until it is left; a paper exchange that does
    not answer is tried again with the next move."""

    def __init__(self, paper_url: str) -> None:
        self._url = paper_url
        self._middle = {symbol: self._price(symbol) for symbol in SYMBOLS}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._move_on, name="waves", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Leave the prices where they are."""
        self._stopped.set()
        self._thread.join()

    def hold(self, factor: Decimal) -> None:
        """Once stopped: all prices at so much of what they were at first. Raises RequestException."""
        for symbol in SYMBOLS:
            self._send("price", self._moved(symbol, factor))

    def _price(self, symbol: str) -> Decimal:
        url = f"{self._url}/api/v3/ticker/price"
        answer = requests.get(url, params={"symbol": symbol.replace("/", "")}, timeout=TIMEOUT_SECONDS)
        return Decimal(answer.json()["price"])

    def _move_on(self) -> None:
        pause = STAND_SECONDS / len(SYMBOLS)
        for move in count():
            if self._stopped.wait(pause):
                return
            turn, number = divmod(move, len(SYMBOLS))
            self._move(SYMBOLS[number], LOW if (turn + number) % 2 else HIGH)
            if number == 0:
                self._post("faults", {"clear": True, "add": LATE})

    def _move(self, symbol: str, factor: Decimal) -> None:
        self._post("price", self._moved(symbol, factor))

    def _moved(self, symbol: str, factor: Decimal) -> dict[str, Any]:
        # Rounded to a multiple of every tick size that the paper exchange has for these pairs.
        places = self._middle[symbol].as_tuple().exponent
        price = (self._middle[symbol] * factor).quantize(Decimal(1).scaleb(int(places)))
        return {"symbol": symbol.replace("/", ""), "price": format(price, "f")}

    def _post(self, name: str, content: dict[str, Any]) -> None:
        try:
            self._send(name, content)
        except requests.RequestException:
            self._stopped.wait(0.1)

    def _send(self, name: str, content: dict[str, Any]) -> None:
        requests.post(f"{self._url}/paper/control/{name}", json=content, timeout=TIMEOUT_SECONDS)
