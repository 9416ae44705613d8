"""A module of ours in a process of its own, which answers on its standard output."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

from saas.environment import ROOT

TOLD = 2_000


def run_module(
    name: str, arguments: Sequence[str], environment: Mapping[str, str], seconds: float, asked: str = ""
) -> str:
    """What `python -m name` writes, given `asked` to read. Raises RuntimeError with the end of what it said."""
    done = subprocess.run(
        [sys.executable, "-m", name, *arguments],
        cwd=ROOT,
        env=environment,
        input=asked,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join([name, *arguments])} failed: {done.stderr[-TOLD:]}")
    return done.stdout
