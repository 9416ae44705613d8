"""Medians, spreads, quantiles and slopes of measured figures. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

# Of a normal distribution: 95 % lie within so many standard errors.
CONFIDENCE_95 = 1.96
MOST_CORRELATION = 0.95


@dataclass(frozen=True, slots=True)
class Summary:
    """The median of repeated measurements and the lowest and highest of them."""

    median: float
    low: float
    high: float

    def times(self, factor: float) -> "Summary":
        return Summary(self.median * factor, self.low * factor, self.high * factor)


def summarize(values: Iterable[float]) -> Summary | None:
    """None where nothing was measured."""
    known = list(values)
    return Summary(median(known), min(known), max(known)) if known else None


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often a duration fell into each bucket; bucket n holds what is from n to n + 1 times `width` seconds."""

    counts: Mapping[int, int]
    width: float

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def minus(self, earlier: "Histogram") -> "Histogram":
        """What came since `earlier` was read."""
        rest = {bucket: count - earlier.counts.get(bucket, 0) for bucket, count in self.counts.items()}
        return Histogram({bucket: count for bucket, count in rest.items() if count > 0}, self.width)

    def plus(self, other: "Histogram") -> "Histogram":
        buckets = self.counts.keys() | other.counts.keys()
        both = {bucket: self.counts.get(bucket, 0) + other.counts.get(bucket, 0) for bucket in buckets}
        return Histogram(both, self.width)

    def quantile(self, share: float) -> float | None:
        """Seconds that `share` of the durations did not exceed, rounded up to a bucket's end; None of nothing."""
        wanted, seen = share * self.total, 0
        for bucket in sorted(self.counts):
            seen += self.counts[bucket]
            if seen >= wanted:
                return (bucket + 1) * self.width
        return None


def histogram(durations: Iterable[float], width: float) -> Histogram:
    counts: dict[int, int] = {}
    for seconds in durations:
        bucket = max(0, int(seconds / width))
        counts[bucket] = counts.get(bucket, 0) + 1
    return Histogram(counts, width)


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through measurements: what they change by per unit of x, and ± how much of that is chance (95 %)."""

    slope: float
    margin: float
    mean: float


def fit_trend(xs: Sequence[float], ys: Sequence[float]) -> Trend | None:
    """Least squares; None below four points. Neighbours that resemble each other count as fewer measurements."""
    count = len(xs)
    if count < 4 or len(set(xs)) < 2:
        return None
    middle, mean = fmean(xs), fmean(ys)
    width = sum((x - middle) ** 2 for x in xs)
    slope = sum((x - middle) * (y - mean) for x, y in zip(xs, ys, strict=True)) / width
    rest = [y - mean - slope * (x - middle) for x, y in zip(xs, ys, strict=True)]
    free = max(1.0, effective_count(rest) - 2)
    error = math.sqrt(sum(one * one for one in rest) / free / width)
    return Trend(slope, CONFIDENCE_95 * error, mean)


def effective_count(residuals: Sequence[float]) -> float:
    """How many independent measurements these are worth, by the correlation of each with the one before."""
    squares = sum(one * one for one in residuals)
    if not squares:
        return float(len(residuals))
    products = sum(one * other for one, other in pairwise(residuals))
    correlation = min(max(products / squares, 0.0), MOST_CORRELATION)
    return len(residuals) * (1 - correlation) / (1 + correlation)
