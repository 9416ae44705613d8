"""The names of the platform's processes. Of one kind a machine may run several: `worker`, `worker-2`, `worker-3`.

The supervisor tells each process its name and the names of all those that it runs. Standard library only.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

NAME_VARIABLE = "CARDUME_PROCESS"
# Those of this supervisor that give signs of life in Redis, separated by commas.
RUNNING_VARIABLE = "CARDUME_PROCESSES"
# What the platform is not whole without, wherever it runs; each gives signs of life in Redis.
KINDS = ("worker", "dispatcher", "beat", "market_data")
MOST_WORKERS_BY_DEFAULT = 4
# Runs at a time on one machine unless WORKER_CONCURRENCY says otherwise, shared out among its worker processes. A thread
# may hold a connection to the database, and PostgreSQL gives out a hundred by default.
THREADS_OF_A_MACHINE = 64
DISPATCHER_THREADS = 2


def kind_of(name: str) -> str:
    """`worker` for `worker-2`."""
    return name.partition("-")[0]


def worker_names(count: int) -> tuple[str, ...]:
    return ("worker", *(f"worker-{number}" for number in range(2, count + 1)))[: max(0, count)]


def own_name() -> str:
    """What the supervisor called this process, else a guess."""
    guess = "worker" if Path(sys.argv[0]).name == "celery" else "web"
    return os.environ.get(NAME_VARIABLE) or guess


def names_beside() -> tuple[str, ...]:
    """Those with signs of life that this process's supervisor runs; none where there is no supervisor."""
    return tuple(name for name in os.environ.get(RUNNING_VARIABLE, "").split(",") if name)


def expected(beside: Iterable[str]) -> tuple[str, ...]:
    """What must be alive: every process of this machine, and one at least, anywhere, of each other kind."""
    names = tuple(beside)
    kinds = {kind_of(name) for name in names}
    missing = [kind for kind in KINDS if kind not in kinds]
    return tuple(sorted((*names, *missing), key=lambda name: (KINDS.index(kind_of(name)), len(name), name)))


def usable_cores() -> int:
    """Those that this process may use, which in a container are fewer than the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def default_workers(cores: int) -> int:
    """A thread of Python uses one core at a time; more processes than cores win nothing."""
    return min(max(1, cores), MOST_WORKERS_BY_DEFAULT)


def default_concurrency(workers: int) -> int:
    return max(1, THREADS_OF_A_MACHINE // max(1, workers))
