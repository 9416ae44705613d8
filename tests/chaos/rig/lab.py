"""What a zygote's drills work with: the exchange's controls, the market, a clock, and the accounts that are played with."""

import mmap
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import requests
from django.conf import settings

from exchanges.domain import Environment, Ticker, Venue
from exchanges.market_data.snapshot import Series, Snapshot, write_snapshot
from saas.clock import utc_now
from tests.chaos.books import CALL_SECONDS, open_database, read_exchange, read_own
from tests.chaos.checker import Findings, compare
from tests.chaos.report import Row
from tests.chaos.scenario import say
from trades.ledger import client_order_prefix

SYMBOL = "BTC/USDT"
# The average is 100,000: a bot buys at the dip, and takes its profit at the peak without buying again.
DIP, PEAK, AVERAGE = Decimal(90_000), Decimal(99_000), Decimal(100_000)
PLACE, QUERY, FILLS, CANCEL = "place", "query", "fills", "cancel"
ENDPOINTS = {
    "binance": {
        PLACE: "POST /api/v3/order",
        QUERY: "GET /api/v3/order",
        FILLS: "GET /api/v3/myTrades",
        CANCEL: "DELETE /api/v3/order",
    },
    "bybit": {
        PLACE: "POST /v5/order/create",
        QUERY: "GET /v5/order/realtime",
        FILLS: "GET /v5/execution/list",
        CANCEL: "POST /v5/order/cancel",
    },
}


class SharedClock:
    """The time of day and what was added to it; children see what their parent adds, also while they run."""

    def __init__(self) -> None:
        self._ahead = mmap.mmap(-1, 8)

    def __call__(self) -> datetime:
        return utc_now() + timedelta(seconds=self.ahead)

    @property
    def ahead(self) -> float:
        """Seconds."""
        seconds: float = struct.unpack("d", self._ahead[:8])[0]
        return seconds

    @ahead.setter
    def ahead(self, seconds: float) -> None:
        self._ahead[:8] = struct.pack("d", seconds)


@dataclass(frozen=True, slots=True)
class Subject:
    """One account at the exchange, its key and its bot."""

    api_key: str
    secret_key: str
    key_id: int
    bot_id: int


class Lab:
    def __init__(self, exchange: str, paper_url: str, database: str) -> None:
        self.exchange = exchange
        self.venue = Venue(exchange, Environment.PAPER)
        self.paper_url = paper_url
        self.database = database
        self.clock = SharedClock()
        self.random = Random()
        self.price = DIP
        self._session = requests.Session()
        self.owner_id = 0
        # Which of how many benches of its exchange this is.
        self.part = (0, 1)

    def endpoint(self, name: str) -> str:
        return ENDPOINTS[self.exchange][name]

    def control(self, name: str, **content: Any) -> dict[str, Any]:
        answer = self._session.post(
            f"{self.paper_url}/paper/control/{name}", json=content, timeout=CALL_SECONDS
        )
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def open_account(self) -> tuple[str, str]:
        """An account that could also sell what its bot never bought, should one ever try to."""
        balances = {"USDT": "100000", "BTC": "10"}
        answer = self._session.post(
            f"{self.paper_url}/paper/accounts", json={"balances": balances}, timeout=CALL_SECONDS
        )
        answer.raise_for_status()
        content = answer.json()
        return content["apiKey"], content["secretKey"]

    def set_price(self, price: Decimal) -> None:
        self.price = price
        self.control("price", symbol="BTCUSDT", price=str(price))
        self.publish()

    def publish(self) -> None:
        """The shared snapshot, as the market-data process writes it."""
        now, rate = self.clock(), Decimal("5.4")
        ask = self.price * Decimal("1.0001")
        tickers = {
            SYMBOL: Ticker(SYMBOL, self.price, ask, self.price),
            "USDT/BRL": Ticker("USDT/BRL", rate, rate, rate),
        }
        closes = {(SYMBOL, "1m"): Series(now - timedelta(minutes=1), (AVERAGE,) * 3)}
        write_snapshot(Snapshot(self.venue, now, tickers, closes, simulated=True))

    def set_faults(self, rules: Iterable[tuple[Subject, Sequence[Mapping[str, Any]]]]) -> None:
        """Rules of each account's own; the last batch's are gone."""
        added = [{**rule, "apiKey": subject.api_key} for subject, some in rules for rule in some]
        self.control("faults", clear=True, add=added)

    def judge(self, subjects: Sequence[Subject]) -> list[Findings]:
        """What the checker finds, account by account."""
        prefix = client_order_prefix()
        with open_database(self.database) as query:
            own = [read_own(query, subject.key_id) for subject in subjects]
        theirs = [read_exchange(self.paper_url, subject.api_key, prefix) for subject in subjects]
        return [compare(exchange, book) for exchange, book in zip(theirs, own, strict=True)]


def make_row(fault: str, repetitions: int, found: Sequence[Findings], note: str = "") -> Row:
    """One row of the table; every difference is said aloud."""
    for text in [text for findings in found for text in findings.texts][:20]:
        say(f"  {fault}: {text}")
    return Row(
        fault,
        repetitions,
        sum(findings.orders for findings in found),
        sum(findings.lost for findings in found),
        sum(findings.doubled for findings in found),
        sum(findings.miscounted for findings in found),
        note,
    )


def database_address() -> str:
    """Of the database that Django is configured with, for a reader that does not use Django."""
    configured = settings.DATABASES["default"]
    if configured["ENGINE"].endswith("sqlite3"):
        return str(configured["NAME"])
    place = f"{configured['HOST']}:{configured['PORT']}/{configured['NAME']}"
    return f"postgres://{configured['USER']}@{place}"
