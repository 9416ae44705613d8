"""The instruments of a venue, shared: a process keeps them over Redis, Redis over the exchange."""

import json
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from redis.exceptions import RedisError

from exchanges.dialects.reading import plain
from exchanges.domain import Environment, Instrument, Venue
from exchanges.environments import paper_url
from exchanges.errors import ExchangeUnavailable, RequestRefused
from exchanges.gateway import load_instruments
from saas.redis import get_redis
from saas.redis import key as redis_key

RETRY_SECONDS = 30
LIFETIME_SECONDS = 600
SEPARATORS = str.maketrans("", "", "/-_ :")


class UnknownSymbol(RequestRefused):
    """What somebody typed names no instrument of this venue."""

    def __init__(self, text: str) -> None:
        super().__init__(f"unknown symbol {text[:40]!r}")
        self.text = text


# By Redis key: the time (monotonic) until which they are fresh, and the instruments.
_kept: dict[str, tuple[float, Mapping[str, Instrument]]] = {}
_loading: dict[str, threading.Lock] = {}
_doubted_at: dict[str, float] = {}


def get_instruments(venue: Venue) -> Mapping[str, Instrument]:
    """All spot instruments by unified symbol, at most 30 minutes old; older only while the exchange is unreachable.

    Nobody waits for newer ones before that. Raises ExchangeUnavailable where nothing is known yet.
    """
    key = _key(venue)
    kept = _kept.get(key)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    # One asks the exchange; whoever knows older rules goes on with them, and a venue that hangs delays no other.
    lock = _loading.setdefault(key, threading.Lock())
    if kept is None:
        lock.acquire()
    elif not lock.acquire(blocking=False):
        return kept[1]
    elif time.monotonic() < kept[0] + LIFETIME_SECONDS:
        _refresh_beside(venue, key, kept[1], lock)
        return kept[1]
    try:
        kept = _kept.get(key)
        if kept is not None and time.monotonic() < kept[0]:
            return kept[1]
        return _refresh(venue, key, kept[1] if kept else None)
    finally:
        lock.release()


def doubt_instruments(venue: Venue) -> None:
    """Have them asked for anew when they are next used, at most twice a minute: the exchange knows others by now."""
    key, now = _key(venue), time.monotonic()
    kept = _kept.get(key)
    if kept is None or now - _doubted_at.get(key, -RETRY_SECONDS) < RETRY_SECONDS:
        return
    _doubted_at[key], _kept[key] = now, (now, kept[1])
    with suppress(RedisError):
        get_redis().delete(key)


def find_instrument(venue: Venue, text: str) -> Instrument:
    """The instrument that `BTCUSDT`, `btc/usdt` or `BTC-USDT` names. Raises UnknownSymbol."""
    instruments = get_instruments(venue)
    exact = instruments.get(text.strip().upper())
    if exact is not None:
        return exact
    joined = text.upper().translate(SEPARATORS)
    for instrument in instruments.values():
        if instrument.base + instrument.quote == joined:
            return instrument
    raise UnknownSymbol(text)


def _refresh_beside(venue: Venue, key: str, stale: Mapping[str, Instrument], held: threading.Lock) -> None:
    """In a thread of its own, which lets go of the lock: megabytes of rules delay no price and no sale."""

    def refresh() -> None:
        try:
            _refresh(venue, key, stale)
        finally:
            held.release()

    try:
        threading.Thread(target=refresh, name=f"instruments-{venue}", daemon=True).start()
    except RuntimeError:
        held.release()  # no thread to be had: whoever comes next tries again


def _refresh(venue: Venue, key: str, stale: Mapping[str, Instrument] | None) -> Mapping[str, Instrument]:
    try:
        found = _read_shared(key)
        if found is None:
            found = load_instruments(venue)
            _write_shared(key, found)
    except (ExchangeUnavailable, RequestRefused):
        if stale is None:
            raise
        # Rules change rarely, and the exchange enforces them itself.
        _kept[key] = (time.monotonic() + RETRY_SECONDS, stale)
        return stale
    _kept[key] = (time.monotonic() + LIFETIME_SECONDS, MappingProxyType(found))
    return _kept[key][1]


def _key(venue: Venue) -> str:
    """A paper exchange at another address is another market."""
    where = paper_url(venue.exchange) if venue.environment == Environment.PAPER else ""
    return redis_key(f"instruments:{venue}:{where}")


def _read_shared(key: str) -> dict[str, Instrument] | None:
    try:
        payload = get_redis().get(key)
    except RedisError:
        return None
    if not isinstance(payload, bytes):
        return None
    return {row["symbol"]: _decode(row) for row in json.loads(payload)}


def _write_shared(key: str, instruments: Mapping[str, Instrument]) -> None:
    rows = [_encode(instrument) for instrument in instruments.values()]
    try:
        get_redis().set(key, json.dumps(rows), ex=LIFETIME_SECONDS)
    except RedisError:
        return  # each process then asks the exchange itself


def _encode(instrument: Instrument) -> dict[str, Any]:
    row = asdict(instrument)
    return {name: plain(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def _decode(row: dict[str, Any]) -> Instrument:
    largest = row["max_quantity"]
    amounts = {name: Decimal(row[name]) for name in ("tick_size", "lot_size", "min_quantity", "min_notional")}
    return Instrument(**{**row, **amounts, "max_quantity": None if largest is None else Decimal(largest)})
