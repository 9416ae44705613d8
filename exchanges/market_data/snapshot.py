"""The shared snapshot of a venue: written by the collector, read by everybody, from one Redis key."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from redis.exceptions import RedisError

from exchanges.dialects.reading import plain
from exchanges.domain import Ticker, Venue
from saas.redis import get_redis, key

# A venue that nobody watches any more is forgotten after a day.
LIFETIME_SECONDS = 86_400
INTERMEDIATES = ("USDT", "BRL", "BTC")


@dataclass(frozen=True, slots=True)
class Series:
    """Closing prices of closed candles only, oldest first; the newest opened at `last_open_time`."""

    last_open_time: datetime
    closes: tuple[Decimal, ...]

    def average(self, window: int) -> Decimal | None:
        """The mean of the last `window` closes; None if there are fewer."""
        if len(self.closes) < window:
            return None
        return sum(self.closes[-window:], Decimal()) / window


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One view of a venue. `taken_at` is when its tick began; `closes` is keyed by (symbol, timeframe).

    A series holds every candle that the exchange had closed when the tickers were read. A series that could not be
    brought up to date is left out. `simulated` says that the prices are made up.
    """

    venue: Venue
    taken_at: datetime
    tickers: Mapping[str, Ticker]
    closes: Mapping[tuple[str, str], Series]
    simulated: bool


# Decoding costs more than asking for the version, and every bot of a process reads the same snapshot.
_decoded: dict[Venue, tuple[bytes, Snapshot]] = {}
_decoding = threading.Lock()


def write_snapshot(snapshot: Snapshot) -> None:
    """Publish it, all at once. Raises RedisError."""
    fields = {"version": snapshot.taken_at.isoformat(), "payload": encode(snapshot)}
    client = get_redis()
    client.hset(_key(snapshot.venue), mapping=cast("Any", fields))
    client.expire(_key(snapshot.venue), LIFETIME_SECONDS)


def read_snapshot(venue: Venue) -> Snapshot | None:
    """The newest one, however old: staleness is the reader's to judge. None if there is none or Redis is away."""
    try:
        version = cast("bytes | None", get_redis().hget(_key(venue), "version"))
        kept = _decoded.get(venue)
        if version is None or (kept is not None and kept[0] == version):
            return kept[1] if version is not None and kept is not None else None
        return _read_payload(venue)
    except RedisError:
        return None


def _read_payload(venue: Venue) -> Snapshot | None:
    with _decoding:
        version, payload = cast(
            "tuple[bytes | None, bytes | None]", get_redis().hmget(_key(venue), ["version", "payload"])
        )
        if version is None or payload is None:
            return None
        kept = _decoded.get(venue)
        if kept is None or kept[0] != version:
            kept = _decoded[venue] = (version, decode(venue, payload))
        return kept[1]


def rate_between(snapshot: Snapshot, from_asset: str, to_asset: str) -> Decimal | None:
    """Units of `to_asset` per unit of `from_asset` at last prices: a direct pair, its inverse, or two of them.

    None if the snapshot has no such pairs.
    """
    direct = _rate_of_pair(snapshot, from_asset, to_asset)
    if direct is not None:
        return direct
    for between in INTERMEDIATES:
        first = _rate_of_pair(snapshot, from_asset, between)
        second = _rate_of_pair(snapshot, between, to_asset)
        if first is not None and second is not None:
            return first * second
    return None


def _rate_of_pair(snapshot: Snapshot, from_asset: str, to_asset: str) -> Decimal | None:
    if from_asset == to_asset:
        return Decimal(1)
    ticker = snapshot.tickers.get(f"{from_asset}/{to_asset}")
    if ticker is not None:
        return ticker.last
    inverse = snapshot.tickers.get(f"{to_asset}/{from_asset}")
    return 1 / inverse.last if inverse is not None else None


def encode(snapshot: Snapshot) -> bytes:
    tickers = [
        [ticker.symbol, plain(ticker.bid), plain(ticker.ask), plain(ticker.last)]
        for ticker in snapshot.tickers.values()
    ]
    closes = [
        [
            symbol,
            timeframe,
            series.last_open_time.isoformat(),
            " ".join(f"{close:f}" for close in series.closes),
        ]
        for (symbol, timeframe), series in snapshot.closes.items()
    ]
    content = {
        "taken_at": snapshot.taken_at.isoformat(),
        "simulated": snapshot.simulated,
        "tickers": tickers,
        "closes": closes,
    }
    return json.dumps(content, separators=(",", ":")).encode()


def decode(venue: Venue, payload: bytes) -> Snapshot:
    content = json.loads(payload)
    tickers = {
        symbol: Ticker(symbol, Decimal(bid), Decimal(ask), Decimal(last))
        for symbol, bid, ask, last in content["tickers"]
    }
    closes = {
        (symbol, timeframe): Series(datetime.fromisoformat(opened), tuple(map(Decimal, prices.split())))
        for symbol, timeframe, opened, prices in content["closes"]
    }
    taken_at = datetime.fromisoformat(content["taken_at"])
    return Snapshot(venue, taken_at, tickers, closes, content["simulated"])


def _key(venue: Venue) -> str:
    return key(f"market:{venue}")
