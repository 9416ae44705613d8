"""A supervisor that is killed with SIGKILL, as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saas.environment import ROOT

SUPERVISOR = """
import sys
from pathlib import Path
from saas.supervisor.journal import Journal
from saas.supervisor.keeper import Keeper
from saas.supervisor.program import Program

folder = Path(sys.argv[1])
script = "trap '' TERM INT HUP; echo $$ > %s.pid; while :; do sleep 0.1; done"
programs = [Program(name, ("/bin/sh", "-c", script % name), {"PATH": "/usr/bin:/bin"}, folder) for name in ("a", "b")]
Keeper(programs, Journal(folder), lambda missing: None).run()
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_pid(file: Path) -> int:
    deadline = time.monotonic() + 20
    while not (file.exists() and file.read_text().strip()):
        assert time.monotonic() < deadline, f"{file.name} was never written"
        time.sleep(0.02)
    return int(file.read_text())


@pytest.mark.skipif(
    sys.platform != "linux", reason="needs Linux: the kernel ends the children of a killed parent"
)
def test_a_supervisor_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(tmp_path)], cwd=ROOT)
    children = [wait_for_pid(tmp_path / f"{name}.pid") for name in ("a", "b")]
    supervisor.kill()
    supervisor.wait(10)
    deadline = time.monotonic() + 10
    while any(is_alive(pid) for pid in children):
        assert time.monotonic() < deadline, "a child outlived its supervisor"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_signal_wakes_the_loop_and_ends_the_run(tmp_path: Path, number: signal.Signals) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(tmp_path)], cwd=ROOT)
    children = [wait_for_pid(tmp_path / f"{name}.pid") for name in ("a", "b")]
    supervisor.send_signal(number)
    assert supervisor.wait(15) == 0
    assert not any(is_alive(pid) for pid in children)
