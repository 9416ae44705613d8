"""The platform's own counters in its Redis: what ran, what was dropped, and how late it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from redis import Redis

from benchmarks.figures import Histogram

BUCKET_SECONDS = 0.01
DROPPED = ("runs_missed", "runs_expired", "runs_late", "runs_overlapping", "runs_failed")


@dataclass(frozen=True, slots=True)
class Tallies:
    """`counts` by the counter's name since the platform's first start; `lateness` by what was late."""

    counts: Mapping[str, int]
    lateness: Mapping[str, Histogram]

    def minus(self, earlier: "Tallies") -> "Tallies":
        counts = {name: count - earlier.counts.get(name, 0) for name, count in self.counts.items()}
        nothing = Histogram({}, BUCKET_SECONDS)
        lateness = {
            name: late.minus(earlier.lateness.get(name, nothing)) for name, late in self.lateness.items()
        }
        return Tallies(counts, lateness)


def read_tallies(redis: Redis, prefix: str) -> Tallies:
    """All of them, whatever their names; `prefix` is what the installation's keys begin with."""
    counters, hashes = (sorted(redis.scan_iter(f"{prefix}{kind}:*")) for kind in ("counter", "lateness"))
    values = redis.mget(counters) if counters else []
    counts = {_name(key): int(value or 0) for key, value in zip(counters, values, strict=True)}
    lateness = {_name(key): parse_buckets(cast("dict[bytes, bytes]", redis.hgetall(key))) for key in hashes}
    return Tallies(counts, lateness)


def _name(key: bytes) -> str:
    return key.decode().rpartition(":")[2]


def parse_buckets(content: Mapping[bytes, bytes]) -> Histogram:
    """From a hash of counts by the number of a bucket of 10 ms; what else is in it is left out."""
    counts = {int(bucket): int(count) for bucket, count in content.items() if bucket.isdigit()}
    return Histogram(counts, BUCKET_SECONDS)
