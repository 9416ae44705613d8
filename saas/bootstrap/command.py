"""`start.py`'s command line."""

import os
import sys
from collections.abc import Sequence

from saas.bootstrap.problem import Problem
from saas.bootstrap.texts import say

INTERRUPTED = 130
WRONG_USE = 2


def run(arguments: Sequence[str]) -> int:
    """Carry out the command line; the exit code. Starting the platform replaces this process and never returns."""
    if {"-h", "--help"}.intersection(arguments[:1]):
        print(say("usage"))
        return 0
    if sys.platform == "win32":
        print(say("windows"), file=sys.stderr)
        return 1
    if arguments and not (arguments[0] == "test" or arguments[0].startswith("--only")):
        print(say("unknown", arguments=" ".join(arguments)), say("usage"), sep="\n\n", file=sys.stderr)
        return WRONG_USE
    try:
        return _test(arguments[1:]) if arguments[:1] == ["test"] else _start(arguments)
    except (Problem, PermissionError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n" + say("interrupted"), file=sys.stderr)
        return INTERRUPTED


def _test(arguments: Sequence[str]) -> int:
    from saas.bootstrap.checks import run_checks
    from saas.bootstrap.installation import install

    python = install("requirements-dev.txt")
    return run_checks(python, arguments[1:] if arguments[:1] == ["--"] else arguments)


def _start(arguments: Sequence[str]) -> int:
    from saas.bootstrap.installation import ROOT, install

    python = str(install("requirements.txt"))
    os.execv(python, [python, str(ROOT / "manage.py"), "up", *arguments])  # noqa: S606 - no shell is the point
