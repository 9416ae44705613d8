"""Everything that must hold before a change is good: format, lint, types, imports and tests, in one command."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from saas.bootstrap.installation import ROOT
from saas.bootstrap.texts import say

MOST_TEST_PROCESSES = 4


def run_checks(python: Path, pytest_arguments: Sequence[str]) -> int:
    """Run all of them, or only pytest where arguments for it are given; 0 when everything passed."""
    if pytest_arguments:
        return _call([str(python), "-m", "pytest", *pytest_arguments])
    results = [_report(name, command) for name, command in _commands(python)]
    print("\n".join(line for line, _ in results), flush=True)
    return int(any(code for _, code in results))


def _commands(python: Path) -> list[tuple[str, list[str]]]:
    tools = python.parent
    processes = min(os.cpu_count() or 1, MOST_TEST_PROCESSES)
    return [
        ("format", [str(tools / "ruff"), "format", "--check", "."]),
        ("lint", [str(tools / "ruff"), "check", "."]),
        ("types", [str(python), "-m", "mypy", "."]),
        ("imports", [str(tools / "lint-imports")]),
        # The tests of a file share what its fixtures start, the whole platform for some: one process runs them.
        ("tests", [str(python), "-m", "pytest", f"--numprocesses={processes}", "--dist=loadfile"]),
    ]


def _report(name: str, command: Sequence[str]) -> tuple[str, int]:
    print(f"$ {' '.join(command[-4:])}", flush=True)
    began = time.monotonic()
    code = _call(command)
    key = "failed" if code else "passed"
    return say(key, name=name, seconds=round(time.monotonic() - began)), code


def _call(command: Sequence[str]) -> int:
    return subprocess.run(command, cwd=ROOT, check=False).returncode
