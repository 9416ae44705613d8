"""The shared snapshot of a venue: written by the collector, read by everybody, in one Redis hash.

    prices, prices_version   the tickers and their time (`encoding`)
    closes, closes_version   the series; written again only when one has changed

A version is a digest of its text. All that belongs together is written at once and read at once.
"""

import threading
import time
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, cast

from redis.exceptions import RedisError

from exchanges.domain import Venue
from exchanges.market_data.encoding import SnapshotDecoder, encode_closes, encode_prices
from exchanges.market_data.view import Series, Snapshot, rate_between
from saas.redis import get_redis, key

__all__ = ["Series", "Snapshot", "rate_between", "read_snapshot", "write_snapshot"]

# A venue that nobody watches any more is forgotten after a day.
LIFETIME_SECONDS = 86_400
# A burst of runs in one process asks Redis once.
REUSE_SECONDS = 0.02

VERSIONS = ("prices_version", "closes_version")
Clock = Callable[[], float]


def write_snapshot(snapshot: Snapshot) -> None:
    """Publish it, all at once. Raises RedisError."""
    prices, (closes, closes_version) = encode_prices(snapshot), _encode_closes(snapshot)
    name = _key(snapshot.venue)
    fields = {"prices": prices, "prices_version": _version(prices)}
    client = get_redis()
    if client.hget(name, "closes_version") != closes_version:
        fields |= {"closes": closes, "closes_version": closes_version}
    client.hset(name, mapping=cast("Any", fields))
    client.expire(name, LIFETIME_SECONDS)
    _reader(snapshot.venue).expire()


def _encode_closes(snapshot: Snapshot) -> tuple[bytes, bytes]:
    """The text of the series and its version, as they were written the last time if they are the same."""
    closes, text, version = _encoded.get(snapshot.venue, ({}, b"", b""))
    if not version or closes != snapshot.closes:
        closes, text = snapshot.closes, encode_closes(snapshot.closes)
        version = _version(text)
        _encoded[snapshot.venue] = (closes, text, version)
    return text, version


def read_snapshot(venue: Venue, clock: Clock = time.monotonic) -> Snapshot | None:
    """The newest one, however old: staleness is the reader's to judge. None if there is none or Redis is away.

    It costs one small call, or none for REUSE_SECONDS after the last; so much older than Redis's it is at most. What
    did not change since the last is not decoded again: the same snapshot, ticker or series is the same object.
    """
    return _reader(venue).read(clock)


def forget() -> None:
    """Forget what this process has read."""
    _readers.clear()


class SnapshotReader:
    """What this process knows of one venue's snapshot."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._lock = threading.Lock()
        self._decoder = SnapshotDecoder(venue)
        self._versions: tuple[bytes | None, ...] = (None, None)
        self._decoded: Snapshot | None = None
        self._answer: tuple[float, Snapshot | None] | None = None

    def expire(self) -> None:
        """Ask Redis the next time."""
        self._answer = None

    def read(self, clock: Clock) -> Snapshot | None:
        answer = self._answer
        if answer is None or clock() - answer[0] >= REUSE_SECONDS:
            answer = self._read_once(answer, clock)
        return answer[1]

    def _read_once(
        self, before: tuple[float, Snapshot | None] | None, clock: Clock
    ) -> tuple[float, Snapshot | None]:
        """Of the threads that want to know at the same time one asks; the others take its answer."""
        with self._lock:
            answer = self._answer
            if answer is None or answer is before:
                answer = self._answer = (clock(), self._ask())
            return answer

    def _ask(self) -> Snapshot | None:
        try:
            versions = _read_fields(self._venue, VERSIONS)
            while None not in versions and versions != self._versions:
                versions = self._update(versions)
        except RedisError:
            return None
        return self._decoded if None not in versions else None

    def _update(self, told: tuple[bytes | None, ...]) -> tuple[bytes | None, ...]:
        """Read what has changed; returns the versions that are there by now, which may be newer ones again."""
        needs_closes = told[1] != self._versions[1]
        names = (*VERSIONS, "prices", "closes") if needs_closes else (*VERSIONS, "prices")
        prices_version, closes_version, *texts = _read_fields(self._venue, names)
        if None in texts:
            return (None, None)
        if needs_closes or closes_version == self._versions[1]:
            self._decoded = self._decoder.decode(*cast("list[bytes]", texts))
            self._versions = (prices_version, closes_version)
        return (prices_version, closes_version)


_readers: dict[Venue, SnapshotReader] = {}
_encoded: dict[Venue, tuple[Mapping[tuple[str, str], Series], bytes, bytes]] = {}


def _reader(venue: Venue) -> SnapshotReader:
    return _readers.get(venue) or _readers.setdefault(venue, SnapshotReader(venue))


def _read_fields(venue: Venue, names: tuple[str, ...]) -> tuple[bytes | None, ...]:
    return tuple(cast("list[bytes | None]", get_redis().hmget(_key(venue), list(names))))


def _version(text: bytes) -> bytes:
    return blake2b(text, digest_size=12).hexdigest().encode()


def _key(venue: Venue) -> str:
    return key(f"market:{venue}")
