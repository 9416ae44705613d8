"""What the gateway needs to know of one exchange. A dialect holds no state and no secret, and imports no ccxt."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from exchanges.answers import Answer, Ask
from exchanges.dialects.streams import StreamDialect
from exchanges.domain import (
    Acknowledgement,
    Balance,
    Candle,
    Environment,
    ExchangeFill,
    ExchangeOrder,
    Instrument,
    OrderRequest,
    Permissions,
    RateLimit,
    Ticker,
)
from exchanges.errors import ExchangeError


class Dialect(Protocol):
    """One exchange's requests and answers. Reading methods raise ValueError, KeyError or TypeError on nonsense.

    `apis` names the entries of ccxt's `urls['api']` in use; every other one is removed, and nothing can be asked there.
    `options` are ccxt's options for this exchange. `timeframes` maps ours to the exchange's own spelling.
    `client_order_ids` matches what the exchange takes as one. `is_on_paper` says that the paper exchange speaks this
    dialect. `limit` is what it documents that an address may ask, `order_path` where orders are sent to. `streams` is
    how prices are followed; None where that is not offered.
    """

    limit: RateLimit
    order_path: str
    client_order_ids: re.Pattern[str]
    is_on_paper: bool
    apis: Sequence[str]
    options: Mapping[str, Any]
    timeframes: Mapping[str, str]
    streams: StreamDialect | None

    def weigh(self, method: str, path: str, params: Mapping[str, Any]) -> int:
        """What a request takes of the address's limit."""

    def read_limit(self, path: str, body: Any) -> int | None:
        """The limit that the exchange itself names, where this is the answer that names it."""

    def used_weight(self, headers: Mapping[str, str]) -> int | None:
        """What it has counted of this address in its present window, where it says so."""

    def pause_seconds(self, headers: Mapping[str, str], now: datetime) -> float:
        """How long this account may not ask the same endpoint again; 0 if it may."""

    def is_success(self, answer: Answer) -> bool:
        """Whether the exchange did what it was asked; everything else goes to one of the two below."""

    def read_error(self, answer: Answer) -> ExchangeError:
        """What a refused or unreadable answer to anything but an order means."""

    def is_definite_no(self, answer: Answer) -> bool:
        """Whether this answer to an order is one of the documented refusals after which no order exists."""

    def send_order(self, ask: Ask, order: OrderRequest) -> Acknowledgement:
        """One request. Raises ValueError if the answer does not acknowledge ours.

        An acknowledgement says that the order exists, not that it can be found already. What it tells of its execution
        is given where it could be read; an order is acknowledged without that too.
        """

    def find_order(self, ask: Ask, symbol: str, client_order_id: str) -> ExchangeOrder | None:
        """None only where the exchange itself says, everywhere it lists orders, that it has none of this id."""

    def cancel_order(self, ask: Ask, symbol: str, client_order_id: str) -> None: ...
    def list_order_fills(self, ask: Ask, symbol: str, exchange_order_id: str) -> list[ExchangeFill]: ...
    def list_fills(self, ask: Ask, symbol: str, since: datetime, now: datetime) -> list[ExchangeFill]: ...
    def list_orders(self, ask: Ask, symbol: str, since: datetime, now: datetime) -> list[ExchangeOrder]: ...
    def fetch_balances(self, ask: Ask) -> list[Balance]: ...
    def fetch_permissions(self, ask: Ask, environment: Environment) -> Permissions: ...
    def fetch_time(self, ask: Ask) -> datetime: ...
    def fetch_instruments(self, ask: Ask) -> list[Instrument]: ...
    def fetch_tickers(self, ask: Ask, symbols: Sequence[str]) -> tuple[list[Ticker], datetime | None]:
        """Tickers, and the exchange's own time where the answer tells it."""

    def fetch_candles(
        self, ask: Ask, symbol: str, timeframe: str, limit: int, since: datetime | None
    ) -> list[Candle]: ...


def exchange_symbol(symbol: str) -> str:
    """`BTC/USDT` as both exchanges write it: `BTCUSDT`."""
    return symbol.replace("/", "")
