"""What `/metrics` says, in Prometheus' text format.

This package is below the apps and cannot count their rows: an app registers a collector in `AppConfig.ready`, for
example `metrics.register(lambda: [Metric("cardume_bots", "gauge", "Bots.", [({"status": "active"}, 3)])])`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from saas.components import Component, read_hash, read_values
from saas.counters import BUCKETS_PER_SECOND, COUNTERS, LATENESS, counter_key, lateness_key

LATENESS_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
LATENESS_HELP = {
    "look": "Seconds from when a bot was due until its levels were compared with the prices.",
    "run": "Seconds from when a bot was due until its run began.",
}

Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True)
class Metric:
    """One metric; `kind` is gauge, counter or histogram, each sample a set of labels and a value.

    A sample of a histogram has the label `le`, or `sum` or `count` as its only one's name, as Prometheus counts them.
    """

    name: str
    kind: str
    help: str
    samples: Sequence[Sample]


Collector = Callable[[], Iterable[Metric]]
_collectors: list[Collector] = []


def register(collector: Collector) -> None:
    _collectors.append(collector)


def collect(components: Mapping[str, Component]) -> list[Metric]:
    """Every metric; those of the apps only while the database answers."""
    own = [_components_up(components), _heartbeat_ages(components), *_counters(), *_lateness()]
    if not components["database"].ok:
        return own
    return [*own, *(metric for collector in _collectors for metric in collector())]


def _components_up(components: Mapping[str, Component]) -> Metric:
    samples = [({"component": name}, float(component.ok)) for name, component in components.items()]
    return Metric("cardume_up", "gauge", "1 for a part of the platform that answers, else 0.", samples)


def _heartbeat_ages(components: Mapping[str, Component]) -> Metric:
    ages = {name: component.heartbeat_age for name, component in components.items()}
    samples = [({"process": name}, age) for name, age in ages.items() if age is not None]
    return Metric(
        "cardume_heartbeat_age_seconds", "gauge", "Seconds since a process's last sign of life.", samples
    )


def _counters() -> list[Metric]:
    values = read_values([counter_key(name) for name in COUNTERS])
    if values is None:
        return []
    counts = {name: float(value or 0) for name, value in zip(COUNTERS, values, strict=True)}
    return [
        Metric(f"cardume_{name}_total", "counter", f"{name.replace('_', ' ').capitalize()}.", [({}, count)])
        for name, count in counts.items()
    ]


def _lateness() -> list[Metric]:
    found = [(name, read_hash(lateness_key(name))) for name in LATENESS]
    return [_histogram(name, counts) for name, counts in found if counts]


def _histogram(name: str, counts: Mapping[str, float]) -> Metric:
    buckets = {int(bucket): times for bucket, times in counts.items() if bucket != "sum"}
    samples: list[Sample] = [
        ({"le": f"{bound:g}"}, sum(n for bucket, n in buckets.items() if bucket < bound * BUCKETS_PER_SECOND))
        for bound in LATENESS_BOUNDS
    ]
    total = sum(buckets.values())
    samples += [({"le": "+Inf"}, total), ({"sum": ""}, counts.get("sum", 0.0)), ({"count": ""}, total)]
    return Metric(f"cardume_{name}_lateness_seconds", "histogram", LATENESS_HELP[name], samples)


def render(metrics: Iterable[Metric]) -> str:
    """The text format, version 0.0.4."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> list[str]:
    head = [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
    return [*head, *(f"{_name_of(metric, labels)} {value:.12g}" for labels, value in metric.samples)]


def _name_of(metric: Metric, labels: Mapping[str, str]) -> str:
    if metric.kind != "histogram":
        return metric.name + _labels(labels)
    if "le" in labels:
        return f"{metric.name}_bucket{_labels(labels)}"
    return f"{metric.name}_{next(iter(labels))}"


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
