"""The project's own `.venv` with the pinned requirements, made once and redone when it was interrupted."""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saas.bootstrap.pip_progress import PipProgress
from saas.bootstrap.problem import Problem
from saas.bootstrap.texts import say

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NEEDED_MEGABYTES = 1500
LAST_LINES = 15
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


def install(requirements_name: str) -> Path:
    """Bring `.venv` to these requirements and return its Python. Raises Problem.

    A stamp with the hash of what was installed makes the next start quick. It is written last, so that an
    interrupted installation is done again.
    """
    requirements = ROOT / requirements_name
    stamp = VENV / f"installed-{requirements_name}"
    wanted = _digest(requirements)
    with _alone():
        if not (PYTHON.exists() and _read(stamp) == wanted):
            _check_machine()
            stamp.unlink(missing_ok=True)
            _make_venv()
            _run_pip(requirements)
            stamp.write_text(wanted, encoding="utf-8")
    return PYTHON


def _digest(requirements: Path) -> str:
    return hashlib.sha256(VERSION.encode() + requirements.read_bytes()).hexdigest()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


@contextmanager
def _alone() -> Iterator[None]:
    """Two installations may be started from one checkout at once; one of them installs."""
    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(say("waiting"), flush=True)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _check_machine() -> None:
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise Problem(say("no_venv", version=VERSION))
    folder = VENV if VENV.exists() else ROOT
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Problem(say("no_permission", folder=folder))
    free = shutil.disk_usage(ROOT).free // 1_000_000
    if free < NEEDED_MEGABYTES and not VENV.exists():
        raise Problem(say("no_space", folder=ROOT, free=free, needed=NEEDED_MEGABYTES))


def _make_venv() -> None:
    """Make it, or make it anew when it is broken or belongs to another version of Python."""
    if _venv_works():
        return
    print(say("making"), flush=True)
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise Problem(say("venv_failed", lines=_end_of(made.stdout + made.stderr), version=VERSION))


def _venv_works() -> bool:
    if not PYTHON.exists():
        return False
    question = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    asked = subprocess.run([PYTHON, "-c", question], capture_output=True, text=True, check=False)
    return asked.stdout.strip() == VERSION


def _run_pip(requirements: Path) -> None:
    began = time.monotonic()
    count = len(re.findall(r"^[\w.\[\],-]+==", requirements.read_text(encoding="utf-8"), re.MULTILINE))
    print(say("installing", count=count), flush=True)
    options = ["--require-hashes", "--disable-pip-version-check", "--no-input", "--requirement"]
    # A personal pip configuration may ask for installations outside of the environment.
    environment = {**os.environ, "PIP_USER": "0", "PYTHONUNBUFFERED": "1"}
    command = [str(PYTHON), "-m", "pip", "install", *options, str(requirements)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as pip:
        lines = PipProgress(count).follow(pip.stdout or ())
    if pip.returncode != 0:
        raise Problem(say("pip_failed", lines=_end_of("".join(lines))))
    print(say("installed", seconds=round(time.monotonic() - began)), flush=True)


def _end_of(output: str) -> str:
    return "\n".join(f"    {line}" for line in output.strip().splitlines()[-LAST_LINES:])
