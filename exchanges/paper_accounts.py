"""Accounts at the paper exchange, and what it says of itself. Trading there goes through the gateway as anywhere."""

import threading
import time
from dataclasses import dataclass
from typing import Any, TypeVar

import requests

from exchanges.credentials import Credentials
from exchanges.domain import Environment, Venue
from exchanges.environments import hosts_of, paper_url
from exchanges.errors import ExchangeError, ExchangeUnavailable, RequestRefused
from exchanges.http_session import BoundedSession

T = TypeVar("T")

TIMEOUT_SECONDS = 5
STATUS_LIFETIME_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PaperStatus:
    """Where the paper exchange's prices come from (`walk`, `live`, `replay:FILE`); `simulated` if they are made up."""

    prices: str
    simulated: bool
    ready: bool
    message: str


_kept: dict[str, tuple[float, PaperStatus]] = {}
_asking = threading.Lock()


def open_paper_account(venue: Venue, label: str) -> Credentials:
    """A new account with a starting balance. Raises RequestRefused where there is no paper exchange."""
    if venue.environment != Environment.PAPER:
        raise RequestRefused(f"{venue} opens no paper accounts")
    body = _call("POST", f"{paper_url(venue.exchange)}/paper/accounts", {"label": label})
    return Credentials(_field(body, "apiKey", str), _field(body, "secretKey", str))


def paper_status(exchange: str = "binance") -> PaperStatus:
    """Asked at most every five seconds. Raises ExchangeUnavailable while it does not answer."""
    url = paper_url(exchange)
    with _asking:
        until, status = _kept.get(url, (0.0, None))
        if status is not None and time.monotonic() < until:
            return status
        status = _fetch_status(url)
        _kept[url] = (time.monotonic() + STATUS_LIFETIME_SECONDS, status)
        return status


def has_simulated_prices(exchange: str) -> bool:
    """Whether this exchange's paper prices are made up; assumed while it does not answer."""
    try:
        return paper_status(exchange).simulated
    except ExchangeError:
        return True


def _fetch_status(url: str) -> PaperStatus:
    body = _call("GET", f"{url}/paper/status")
    return PaperStatus(
        prices=_field(body, "prices", str),
        simulated=_field(body, "simulated", bool),
        ready=_field(body, "ready", bool),
        message=_field(body, "message", str),
    )


def _call(method: str, url: str, content: dict[str, str] | None = None) -> Any:
    try:
        with BoundedSession(hosts_of({"paper": url}), TIMEOUT_SECONDS) as session:
            answer = session.request(method, url, json=content, timeout=TIMEOUT_SECONDS)
        body = answer.json() if answer.content else None
    except requests.RequestException:
        failure: ExchangeError = ExchangeUnavailable("the paper exchange does not answer")
    else:
        if answer.ok:
            return body
        detail = body.get("detail") if isinstance(body, dict) else None
        kind = RequestRefused if answer.status_code < 500 else ExchangeUnavailable
        failure = kind(f"the paper exchange refused: {detail or answer.status_code}")
    raise failure


def _field(body: Any, name: str, kind: type[T]) -> T:
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, kind):
        raise ExchangeUnavailable("the paper exchange's answer could not be read")
    return value
