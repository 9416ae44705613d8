"""Imports point down only; the contracts are in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

from saas.environment import ROOT


def test_imports_point_down_only() -> None:
    """In a process of its own: the linter sets logging up anew, which silences every logger there is."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
