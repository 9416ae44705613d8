"""Every benchmark, in the order in which they are listed."""

from benchmarks import ticks
from benchmarks.benchmark import Benchmark

BENCHMARKS: tuple[Benchmark, ...] = (ticks.BENCHMARK,)
