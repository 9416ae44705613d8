"""Every benchmark, in the order in which they are listed."""

from benchmarks import (
    capacity,
    drop,
    fairness,
    growth,
    hosts,
    order_cost,
    queue,
    session,
    shared_address,
    soak,
    ticks,
)
from benchmarks.api import comparison as api
from benchmarks.benchmark import Benchmark
from benchmarks.freqtrade import benchmark as freqtrade
from benchmarks.pages import paints as pages

BENCHMARKS: tuple[Benchmark, ...] = (
    ticks.BENCHMARK,
    growth.BENCHMARK,
    queue.BENCHMARK,
    drop.BENCHMARK,
    order_cost.BENCHMARK,
    fairness.BENCHMARK,
    soak.BENCHMARK,
    hosts.BENCHMARK,
    capacity.BENCHMARK,
    session.BENCHMARK,
    shared_address.BENCHMARK,
    api.BENCHMARK,
    pages.BENCHMARK,
    freqtrade.BENCHMARK,
)
