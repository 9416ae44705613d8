"""What a scenario is, and the options that every one of them is run with."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.report import Row


@dataclass(frozen=True, slots=True)
class Options:
    """`kills` scales every scenario. `database_url` is empty for SQLite, else it names a PostgreSQL cluster."""

    kills: int
    seed: int
    exchanges: tuple[str, ...]
    folder: Path
    database_url: str = ""

    @property
    def at_each_point(self) -> int:
        return max(1, self.kills // 20)

    @property
    def ambiguous(self) -> int:
        return self.kills

    @property
    def garbled(self) -> int:
        return max(1, self.kills // 2)

    @property
    def races(self) -> int:
        return max(1, self.kills // 2)

    @property
    def redis_kills(self) -> int:
        return max(1, self.kills // 10)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of trouble. `run` makes it, lets recovery do its work, and answers what the checker found."""

    name: str
    description: str
    run: Callable[[Options], list[Row]]


def say(text: str) -> None:
    """Progress, and every difference that was found: on standard error, beside the table."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
