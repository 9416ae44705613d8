"""What a benchmark is: a name, one line about it, its options, and a run that answers with tables."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.table import Table


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found: tables for people, the raw figures (JSON types only), and drawings (SVG) by file name."""

    tables: Sequence[Table]
    raw: Mapping[str, Any] = field(default_factory=dict)
    drawings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One file of this package defines one; `registry` names them all."""

    name: str
    description: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], Outcome]


def say(text: str) -> None:
    """Progress, on standard error beside the tables."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
