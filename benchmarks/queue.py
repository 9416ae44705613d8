"""Quiet runs of bots beside tasks that do nothing: same workers, same pool, taking turns in one run."""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.benchmark import Benchmark, Outcome, say
from benchmarks.figures import summarize
from benchmarks.rig import bare_task
from benchmarks.rig.installation import Crowd, Rig, add_settings, chosen_settings, running, with_modules
from benchmarks.rig.lateness_by_bot import TASK
from benchmarks.rig.messages import fill_in, make_template, push, wait_drained
from benchmarks.rig.population import Population
from benchmarks.rig.waiting import wait_or_say
from benchmarks.table import Cell, Table
from bots.rank import Rank

# So long that no bot is due by itself while messages of this benchmark are measured.
INTERVAL_SECONDS = 3_600
LATER = 0.5
DRAINED_SECONDS = 300
# A process writes what it has counted with its next sign of life at the latest.
COUNTED_SECONDS = 15
WARM_UP_SHARE = 0.2
TARGET = 0.5


@dataclass(frozen=True, slots=True)
class Turn:
    """So many messages of one kind: seconds until all were taken, CPU seconds of the workers, runs they counted."""

    messages: int
    seconds: float
    worker_cpu: float
    counted: int

    @property
    def per_second(self) -> float:
        return self.messages / self.seconds

    @property
    def cpu_milliseconds(self) -> float:
        return 1_000 * self.worker_cpu / self.messages


@dataclass(frozen=True, slots=True)
class Pair:
    """One turn of each kind, next to each other."""

    bare: Turn
    bots: Turn

    @property
    def throughput(self) -> float:
        return self.bots.per_second / self.bare.per_second

    @property
    def cpu(self) -> float:
        return self.bare.cpu_milliseconds / self.bots.cpu_milliseconds


class Queue:
    """Sends messages to the workers of a platform and waits until they have taken them all."""

    def __init__(self, rig: Rig, crowd: Crowd) -> None:
        self._rig = rig
        self._bots = crowd.bots
        url = str((rig.platform.data_dir / "run" / "redis.url").read_text(encoding="utf-8").strip())
        names = (bare_task.NAME, TASK)
        self._templates = {name: make_template(rig.redis, url, rig.prefix, name) for name in names}

    def take_turn(self, task: str, messages: int) -> Turn:
        """Every bot in its turn, so that no two runs of one meet."""
        due_at = datetime.now(UTC).isoformat()
        bots = (self._bots[number % len(self._bots)] for number in range(messages))
        template = self._templates[task]
        content = [fill_in(template, (bot, due_at, INTERVAL_SECONDS, int(Rank.QUIET))) for bot in bots]
        counted, cpu, began = self._count_runs(), self._worker_cpu(), time.monotonic()
        push(self._rig.redis, self._rig.prefix, content)
        wait_drained(self._rig.redis, self._rig.prefix, DRAINED_SECONDS)
        seconds, cpu = time.monotonic() - began, self._worker_cpu() - cpu
        self._await_count(counted + messages if task == TASK else counted)
        return Turn(messages, seconds, cpu, self._count_runs() - counted)

    def _await_count(self, runs: int) -> None:
        """A run that was not counted in time is seen in the table."""
        wait_or_say(lambda: self._count_runs() >= runs, COUNTED_SECONDS, f"{runs} runs counted")

    def _worker_cpu(self) -> float:
        return sum(usage.cpu for name, usage in self._rig.usage().items() if name.startswith("worker"))

    def _count_runs(self) -> int:
        return self._rig.tallies().counts.get("runs", 0)


def run(wanted: argparse.Namespace) -> Outcome:
    settings = {"BOT_DISPATCH": "every", **with_modules(bare_task.__name__), **chosen_settings(wanted)}
    population = Population(bots=wanted.bots, interval_seconds=INTERVAL_SECONDS, seed=wanted.seed)
    with running(settings, postgres=wanted.postgres) as rig:
        crowd = rig.populate(population)
        rig.start_bots(crowd, phase=LATER)
        time.sleep(wanted.warm_up)
        pairs = measure_pairs(Queue(rig, crowd).take_turn, wanted.messages, wanted.repetitions)
    return Outcome([table(pairs)], {"pairs": [asdict(pair) for pair in pairs]})


def measure_pairs(take_turn: Callable[[str, int], Turn], messages: int, repetitions: int) -> Sequence[Pair]:
    """Both kinds by turns, each first as often as the other, after a short turn of each that does not count."""
    for task in (bare_task.NAME, TASK):
        take_turn(task, max(1, int(messages * WARM_UP_SHARE)))
    pairs = []
    for number in range(repetitions):
        order = (bare_task.NAME, TASK) if number % 2 else (TASK, bare_task.NAME)
        turns = {task: take_turn(task, messages) for task in order}
        pairs.append(Pair(turns[bare_task.NAME], turns[TASK]))
        say(f"repetition {number + 1}: {pairs[-1].throughput:.2f} of the bare queue")
    return pairs


def table(pairs: Sequence[Pair]) -> Table:
    counted = summarize(100 * pair.bots.counted / pair.bots.messages for pair in pairs)
    rows: list[Sequence[Cell]] = [
        (
            "throughput, per second",
            *_summaries(pairs, lambda turn: turn.per_second),
            _ratio(pairs, "throughput"),
        ),
        ("worker CPU, ms each", *_summaries(pairs, lambda turn: turn.cpu_milliseconds), _ratio(pairs, "cpu")),
        ("counted as runs, %", None, counted, None),
    ]
    notes = (
        f"Median (lowest to highest) of {len(pairs)} repetitions by turns. The ratio is what a quiet run reaches of a"
        f" task that does nothing; {TARGET} is wanted of the throughput.",
    )
    headings = ("messages", "task that does nothing", "quiet run of a bot", "ratio")
    return Table("A quiet run beside the bare queue", headings, rows, notes)


def _summaries(pairs: Sequence[Pair], figure: Callable[[Turn], float]) -> tuple[Cell, Cell]:
    return summarize(figure(pair.bare) for pair in pairs), summarize(figure(pair.bots) for pair in pairs)


def _ratio(pairs: Sequence[Pair], name: str) -> Cell:
    values: list[Any] = [getattr(pair, name) for pair in pairs]
    return summarize(values)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--bots", type=int, default=500)
    add("--messages", type=int, default=5_000, help="of each kind in each repetition")
    add("--repetitions", type=int, default=7)
    add("--warm-up", type=float, default=10, help="seconds after the bots are there")
    add("--seed", type=int, default=1)
    add_settings(parser)


BENCHMARK = Benchmark(
    "queue", "quiet runs per second as a fraction of a task's that does nothing", add_arguments, run
)
