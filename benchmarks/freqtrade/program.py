"""One freqtrade: a process with a folder of its own, and what can be seen of it from outside."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from benchmarks.freqtrade.rule import Rule
from benchmarks.freqtrade.settings import (
    DATABASE,
    LOG,
    SEEN,
    STRATEGY,
    Variant,
    build_configuration,
    write_strategy,
)
from benchmarks.rig.processes import Usage, read_usage, total
from benchmarks.rig.waiting import wait_until
from saas.supervisor.orphans import die_with_parent

START_SECONDS = 180
STOP_SECONDS = 20
POLL_SECONDS = 0.05


class Freqtrade:
    """Started with the block, gone with it."""

    def __init__(self, program: Path, folder: Path, variant: Variant, rule: Rule, exchange_url: str) -> None:
        self.folder = folder
        self.variant = variant
        self._program = program
        self._rule = rule
        self._exchange_url = exchange_url
        self._process: subprocess.Popen[bytes] | None = None
        self.startup_seconds = 0.0

    def __enter__(self) -> Self:
        self._write_files()
        began = time.monotonic()
        with (self.folder / LOG).open("wb") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(),
            )
        try:
            wait_until(self._has_looked, START_SECONDS, "freqtrade's first look", every=POLL_SECONDS)
        except BaseException:
            self._stop()
            raise
        self.startup_seconds = time.monotonic() - began
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def usage(self) -> Usage:
        """Of its whole process tree."""
        pids = descend(self._running().pid, read_parents())
        return total(read_usage(dict.fromkeys(pids, "freqtrade")))

    def read_orders(self) -> dict[str, float]:
        """When it placed its first order for each pair, in Unix seconds. Only its own database tells of a dry run's."""
        address = f"file:{self.folder / DATABASE}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=5)) as database:
            rows = database.execute("SELECT ft_pair, MIN(order_date) FROM orders GROUP BY ft_pair").fetchall()
        return {pair: parse_moment(text) for pair, text in rows}

    def _write_files(self) -> None:
        strategies = self.folder / "user_data" / "strategies"
        strategies.mkdir(parents=True)
        (strategies / "rule.py").write_text(write_strategy(self.variant, self._rule), encoding="utf-8")
        configuration = build_configuration(self.variant, self._rule, self._exchange_url, self.folder)
        (self.folder / "config.json").write_text(json.dumps(configuration, indent=1), encoding="utf-8")

    def _command(self) -> list[str]:
        files = ["--config", "config.json", "--userdir", "user_data", "--strategy", STRATEGY]
        return [str(self._program), "trade", *files]

    def _environment(self) -> dict[str, str]:
        path = f"{self._program.parent}:{os.environ.get('PATH', os.defpath)}"
        return {"PATH": path, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}

    def _has_looked(self) -> bool:
        """At every pair. Raises RuntimeError with the end of its log if it has ended."""
        log = (self.folder / LOG).read_text(encoding="utf-8", errors="replace")
        if self._running().poll() is not None:
            raise RuntimeError(f"freqtrade ended: {log[-2_000:]}")
        return log.count(SEEN) >= len(self._rule.pairs)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("freqtrade was not started")
        return self._process

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def parse_moment(text: str) -> float:
    """Unix seconds of a moment as freqtrade's database has it: UTC, without saying so."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def read_parents(proc: Path = Path("/proc")) -> dict[int, int]:
    """The parent of every process that there is now."""
    parents = {}
    for folder in proc.glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        # The name may hold spaces and brackets; the parent is the second field after it.
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    return parents


def descend(root: int, parents: Mapping[int, int]) -> set[int]:
    """A process and everything below it."""
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found
