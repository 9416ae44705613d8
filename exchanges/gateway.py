"""The one door to the exchanges, and the only module that knows ccxt.

ccxt signs, addresses and transports; what is asked and what an answer means is decided by the dialect, from the raw
JSON. ccxt's unified methods are not used: they turn amounts into floats, load markets for every client, choose error
classes by a state of the client, and report an order from an answer that holds none.
"""

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from datetime import datetime
from functools import cache
from typing import Any, Self, TypeVar

from exchanges import rate_budget, seats
from exchanges.answers import Answer
from exchanges.ccxt_classes import load_class
from exchanges.ccxt_errors import translate
from exchanges.credentials import Credentials
from exchanges.dialects import get_dialect
from exchanges.dialects.base import Dialect
from exchanges.dialects.reading import UNREADABLE, read_json
from exchanges.domain import (
    Acknowledgement,
    Balance,
    Candle,
    ExchangeFill,
    ExchangeOrder,
    Instrument,
    OrderRequest,
    Permissions,
    Ticker,
    Venue,
)
from exchanges.environments import base_urls, hosts_of
from exchanges.errors import (
    ExchangeError,
    ExchangeUnavailable,
    OrderRefused,
    OrderStatusUnknown,
    RateLimited,
    RequestRefused,
)
from exchanges.http_session import PlainSession
from exchanges.order_checks import executions, executions_of, why_unsendable
from exchanges.rate_budget import Purpose
from exchanges.read_only import freeze
from saas.clock import utc_now

T = TypeVar("T")

TIMEOUT_SECONDS = 10
RECV_WINDOW_MILLISECONDS = 5_000
MAX_CANDLES = 1_000
NOT_SENT = "not_sent"
SHORTEST_SECRET = 8

# Their records hold headers with the key and URLs with the signature; urllib3 does so even in a warning.
SILENT = logging.Logger("exchanges.silent", level=logging.CRITICAL + 1)
for name in ("ccxt", "urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(name).setLevel(logging.ERROR)


class NotDone(Exception):
    """The exchange answered something other than success; never leaves this module."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.answer = answer


class RawAnswers:
    """Mixed into ccxt's exchange classes: keeps numbers exact, secrets out of texts, and judges no answer itself."""

    dialect: Dialect
    secrets: tuple[str, ...] = ()
    signing_time: int | None = None
    answer_headers: Mapping[str, str] | None = None
    on_json_response = staticmethod(read_json)

    def nonce(self) -> int:
        """The time that a request is signed with, in milliseconds: that of its signature unless another was set."""
        current: int = self.milliseconds()  # type: ignore[attr-defined]  # of ccxt's classes
        return current if self.signing_time is None else self.signing_time

    def on_rest_response(self, *arguments: Any) -> str:
        text: str = arguments[5]
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text.strip()

    def handle_errors(self, status: int, *arguments: Any) -> None:
        headers, body = arguments[3], arguments[5]
        self.answer_headers = headers
        answer = Answer(status, headers, body)
        if not self.dialect.is_success(answer):
            raise NotDone(answer)


@cache
def client_class(exchange: str) -> Callable[[dict[str, Any]], Any]:
    # Imported with the first client: beat and most commands never open one.
    return type(f"Raw{exchange}", (RawAnswers, load_class(exchange)), {"dialect": get_dialect(exchange)})


def prepare_clients(exchanges: Iterable[str]) -> None:
    """Pay for the first client now: for processes whose first order or price should not wait for an import."""
    for exchange in exchanges:
        _template(exchange)


@cache
def _template(exchange: str) -> Any:
    """What all clients of an exchange are copies of: without a key, a host, retries, waiting or logging of its own.

    Its tables cannot be changed any more, so that no copy can leave another one anything.
    """
    template = client_class(exchange)(
        {
            "enableRateLimit": False,
            "userAgent": "Cardume",
            "logger": SILENT,
            "session": PlainSession(frozenset(), TIMEOUT_SECONDS),
            "has": {"fetchCurrencies": False},
            "options": {
                **get_dialect(exchange).options,
                "recvWindow": RECV_WINDOW_MILLISECONDS,
                "fetchMarkets": {"types": ["spot"]},
                "fetchMargins": False,
                "maxRetriesOnFailure": 0,
            },
        }
    )
    for name, value in list(vars(template).items()):
        setattr(template, name, freeze(value))
    return template


def build_client(venue: Venue, credentials: Credentials | None) -> Any:
    """A ccxt client of its own, that can reach this environment's hosts only. ccxt's constructor takes 50 times as long."""
    client = copy(_template(venue.exchange))
    bases = base_urls(venue, client.urls, client.hostname or "", client.dialect.apis)
    client.urls = {"api": bases}
    client.session, client.timeout = PlainSession(hosts_of(bases), TIMEOUT_SECONDS), TIMEOUT_SECONDS * 1_000
    client.options, client.headers = dict(client.options), {}
    if credentials is not None:
        client.apiKey, client.secret = credentials.api_key, credentials.secret_key
        client.password = credentials.passphrase
        secrets = (credentials.api_key, credentials.secret_key, credentials.passphrase)
        client.secrets = tuple(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)
    return client


class Connection:
    """One ccxt client and its HTTP connection; used by one thread at a time."""

    _purpose = Purpose.MARKET_DATA

    def __init__(self, venue: Venue, credentials: Credentials | None = None, holder: Hashable = None) -> None:
        self.venue = venue
        self.dialect = get_dialect(venue.exchange)
        self._budget = rate_budget.Spender(venue, self.dialect, self._purpose, holder)
        self._client = build_client(venue, credentials)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.venue}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.session.close()

    def _request(self, api: str, method: str, path: str, params: Mapping[str, Any] | None = None) -> Any:
        self._client.answer_headers = None
        try:
            return self._client.request(path, [api], method, dict(params or {}))
        finally:
            self._budget.note(self._client.answer_headers)

    def _ask(self, api: str, method: str, path: str, params: Mapping[str, Any] | None = None) -> Any:
        self._budget.take(method, path, params)
        try:
            body = self._request(api, method, path, params)
            self._budget.learn_limit(path, body)
            return body
        except NotDone as refused:
            failure = self._judge(refused.answer)
        except Exception as error:  # noqa: BLE001 -- ccxt raises whatever it meets; the caller knows our errors only
            failure = translate(error)
        raise failure  # outside of the handler, so that the original is not even its context

    def _judge(self, answer: Answer) -> ExchangeError:
        error = self.dialect.read_error(answer)
        if isinstance(error, RateLimited):
            rate_budget.hold(self.venue, error.retry_after)
        return error

    def _read(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except UNREADABLE:
            failure = ExchangeUnavailable("the exchange's answer could not be read")
        raise failure


class PublicClient(Connection):
    """What needs no key. Raises ExchangeUnavailable, RateLimited or RequestRefused."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue)

    def fetch_time(self) -> datetime:
        """The exchange's own clock."""
        return self._read(lambda: self.dialect.fetch_time(self._ask))

    def fetch_instruments(self) -> dict[str, Instrument]:
        """Every spot pair, also those that are not traded now, by unified symbol."""
        found = self._read(lambda: self.dialect.fetch_instruments(self._ask))
        return {instrument.symbol: instrument for instrument in found}

    def fetch_tickers(self, symbols: Sequence[str]) -> dict[str, Ticker]:
        """Bid, ask and last price in as few requests as the exchange allows; one unknown symbol refuses them all."""
        return self.fetch_market(symbols)[0]

    def fetch_market(self, symbols: Sequence[str]) -> tuple[dict[str, Ticker], datetime | None]:
        """The tickers, and the exchange's own time of them where it tells."""
        found, time = self._read(lambda: self.dialect.fetch_tickers(self._ask, symbols))
        return {ticker.symbol: ticker for ticker in found}, time

    def fetch_candles(
        self, symbol: str, timeframe: str, limit: int, since: datetime | None = None
    ) -> list[Candle]:
        """At most `limit` (1 to 1,000) candles, oldest first, the one that is still forming included."""
        if timeframe not in self.dialect.timeframes:
            raise RequestRefused(f"{self.venue.exchange} has no {timeframe} candles")
        if not 1 <= limit <= MAX_CANDLES:
            raise RequestRefused(f"between 1 and {MAX_CANDLES} candles can be asked at once")
        return self._read(lambda: self.dialect.fetch_candles(self._ask, symbol, timeframe, limit, since))


class Session(Connection):
    """One user's private session. Raises ExchangeUnavailable, RateLimited, KeyRefused or RequestRefused."""

    _purpose = Purpose.ENTRY

    def __init__(
        self,
        venue: Venue,
        credentials: Credentials,
        now: Callable[[], datetime] = utc_now,
        holder: Hashable = None,
    ) -> None:
        super().__init__(venue, credentials, holder)
        self._now = now
        self._holder = holder

    def _ask(self, api: str, method: str, path: str, params: Mapping[str, Any] | None = None) -> Any:
        with self._seat():
            return super()._ask(api, method, path, params)

    def _seat(self, *, refusable: bool = True) -> AbstractContextManager[None]:
        return nullcontext() if self._holder is None else seats.seat(self.venue, self._holder, refusable)

    def send_order(
        self, request: OrderRequest, *, deadline: datetime, now: Callable[[], datetime] = utc_now
    ) -> Acknowledgement:
        """Send once; the exchange's yes.

        Raises OrderRefused after a documented, definite no, and with code `not_sent` if nothing was sent: past the
        deadline, while the venue is held or the budget spent, or what could never be right. Raises OrderStatusUnknown for
        all else.
        """
        if reason := why_unsendable(request, self.dialect.client_order_ids):
            raise OrderRefused(reason, NOT_SENT)
        try:
            self._budget.take("POST", self.dialect.order_path)
        except RateLimited as limited:
            raise OrderRefused(limited.reason, NOT_SENT) from None
        # Taken before the look at the deadline: a process that is stopped in between wakes up with a signature that
        # the exchange no longer takes.
        signing_time = self._client.milliseconds()
        if now() >= deadline:
            raise OrderRefused("the deadline to send it had passed", NOT_SENT)
        self._client.signing_time = signing_time
        try:
            # It is in the ledger as being sent: it is counted, but not refused for want of a seat.
            with self._seat(refusable=False):
                return self.dialect.send_order(self._request, request)
        except NotDone as refused:
            failure = self._judge_order(refused.answer)
        except Exception as error:  # noqa: BLE001 -- bytes may have left: whatever happened, the order may exist
            failure = OrderStatusUnknown(translate(error).reason)
        finally:
            self._client.signing_time = None
        raise failure

    def _judge_order(self, answer: Answer) -> ExchangeError:
        error = self._judge(answer)
        kind = OrderRefused if self.dialect.is_definite_no(answer) else OrderStatusUnknown
        return kind(error.reason, error.code)

    def find_order(self, symbol: str, client_order_id: str) -> ExchangeOrder | None:
        """None only when the exchange itself says that it has no such order."""
        return self._read(lambda: self.dialect.find_order(self._ask, symbol, client_order_id))

    def cancel_order(self, symbol: str, client_order_id: str) -> None:
        """Cancel what is open of it; an order that is closed or unknown is no error."""
        self._read(lambda: self.dialect.cancel_order(self._ask, symbol, client_order_id))

    def list_order_fills(self, symbol: str, exchange_order_id: str) -> list[ExchangeFill]:
        """Every execution of one order."""
        dialect = self.dialect
        return self._read(
            lambda: executions_of(
                exchange_order_id, dialect.list_order_fills(self._ask, symbol, exchange_order_id)
            )
        )

    def list_fills(self, symbol: str, since: datetime) -> list[ExchangeFill]:
        """Every execution of the account on this symbol from `since` to the end, also of orders that are not ours."""
        return self._read(lambda: executions(self.dialect.list_fills(self._ask, symbol, since, self._now())))

    def list_orders(self, symbol: str, since: datetime) -> list[ExchangeOrder]:
        """Every order of the account on this symbol created from `since` on, in whatever state, whoever placed it."""
        return self._read(lambda: self.dialect.list_orders(self._ask, symbol, since, self._now()))

    def fetch_balances(self) -> dict[str, Balance]:
        """By asset. An asset that is missing has no balance."""
        return {
            balance.asset: balance for balance in self._read(lambda: self.dialect.fetch_balances(self._ask))
        }

    def fetch_permissions(self) -> Permissions:
        """What the key may do; raises KeyRefused for a key that is not accepted at all."""
        return self._read(lambda: self.dialect.fetch_permissions(self._ask, self.venue.environment))


def open_session(venue: Venue, credentials: Credentials, holder: Hashable = None) -> Session:
    """A user's session, to be closed. Nothing is asked yet, and nothing is loaded.

    With a `holder` each of its questions takes one of that holder's seats, and raises `seats.NoSeat` where none is free.
    """
    return Session(venue, credentials, holder=holder)


def open_public(venue: Venue) -> PublicClient:
    """A client for what needs no key, to be closed."""
    return PublicClient(venue)


def load_instruments(venue: Venue) -> dict[str, Instrument]:
    """The venue's instruments, asked now. `exchanges.instruments` keeps them."""
    with open_public(venue) as client:
        return client.fetch_instruments()
