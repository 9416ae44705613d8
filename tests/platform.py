"""The real platform on free ports with a folder of its own: what `python3 start.py` runs, under a test's control.

with Platform(tmp_path / "data") as platform:       # started and ready
    requests.get(f"{platform.api_url}/healthz", timeout=5)
    platform.kill("worker")
    platform.wait_ready()
                                                    # stopped; no process is left
"""

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import requests

from saas.environment import GENERATED, ROOT, read_env_file
from saas.supervisor.orphans import die_with_parent
from saas.supervisor.ports import choose_free
from tests.postgres import fresh_database

READY_SECONDS = 60
# What this machine may have besides the test when the platform is started: the other test process, for example.
PATIENCE_SECONDS = 120
STOP_SECONDS = 20
SERVICES = (
    "redis",
    "paper",
    "web",
    "worker",
    "worker-2",
    "dispatcher",
    "beat",
    "market_data",
    "dashboard",
)
NOT_INHERITED = {
    *GENERATED,
    "DATA_DIR",
    "DJANGO_SETTINGS_MODULE",
    "REDIS_URL",
    "PAPER_EXCHANGE_URL",
    "BYBIT_PAPER_URL",
    "LC_ALL",
}


class Platform:
    """One host of an installation, mostly its only one. `settings` are environment variables on top of free ports and the
    folder, `only` what `up --only` is given, `prefix` a command that runs `up` somewhere else, in a network namespace."""

    def __init__(
        self,
        data_dir: Path,
        settings: Mapping[str, str] | None = None,
        only: str = "",
        prefix: Sequence[str] = (),
    ) -> None:
        self.data_dir = data_dir
        self.command = [*prefix, sys.executable, "manage.py", "up", *(["--only", only] if only else [])]
        self.ports = {name: choose_free("127.0.0.1") for name in ("WEB_PORT", "DASHBOARD_PORT", "PAPER_PORT")}
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._databases.close()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['WEB_PORT']}"

    @property
    def dashboard_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['DASHBOARD_PORT']}"

    @property
    def paper_url(self) -> str:
        own = f"http://127.0.0.1:{self.ports['PAPER_PORT']}"
        return self._settings.get("PAPER_EXCHANGE_URL", own)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the supervisor runs; False also for one that was killed."""
        return self._process is not None and self._process.poll() is None

    @property
    def terminal(self) -> str:
        """What the person who started it has seen so far."""
        file = self._terminal_file
        return file.read_text(encoding="utf-8") if file.exists() else ""

    @property
    def _terminal_file(self) -> Path:
        return self.data_dir.with_name(self.data_dir.name + ".terminal")

    @property
    def secrets(self) -> Mapping[str, str]:
        """What the first start wrote to `.env`."""
        return read_env_file(self.data_dir / ".env")

    def environment(self) -> dict[str, str]:
        """Of this installation, for the commands of its own."""
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        own = {"DATA_DIR": str(self.data_dir), **{name: str(port) for name, port in self.ports.items()}}
        # As many everywhere, whatever the machine that tests has.
        return {**inherited, "LC_ALL": "C.UTF-8", "WORKER_PROCESSES": "2", **own, **self._settings}

    def start(self, wait: bool = True) -> float:
        """Start it; the seconds until it was ready."""
        self._take_database()
        began = time.monotonic()
        with self._terminal_file.open("wb") as terminal, warnings.catch_warnings():
            # The test runner may have threads; the function that runs between fork and exec takes no lock.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=terminal,
                start_new_session=True,
                preexec_fn=die_with_parent(),
            )
        if wait:
            self.wait_ready()
        return time.monotonic() - began

    def _take_database(self) -> None:
        url = os.environ.get("DATABASE_URL", "")
        if url.startswith("postgres") and "DATABASE_URL" not in self._settings:
            self._settings["DATABASE_URL"] = self._databases.enter_context(fresh_database(url))

    def wait_ready(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Until every part answers and the addresses have been printed; a host without web has nobody to ask."""
        self.wait_until(lambda: "Cardume runs" in self.terminal and self._is_ready(), seconds)

    def _is_ready(self) -> bool:
        has_web = "--only" not in self.command or "web" in self.command[-1].split(",")
        return not has_web or self.readyz()["status"] == "ok"

    def wait_until(self, holds: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"it never came true.\n{self.terminal}\n{self.log_tail('supervisor')}")
            time.sleep(0.05)

    def wait_gone(self, seconds: float = STOP_SECONDS) -> None:
        """After its supervisor was killed: until the kernel has ended all the others."""
        deadline = time.monotonic() + seconds
        while self.processes():
            assert time.monotonic() < deadline, self.processes()
            time.sleep(0.05)

    def readyz(self) -> dict[str, Any]:
        """What `/readyz` answers, 503 included; status "down" where nothing answers."""
        try:
            return dict(requests.get(f"{self.api_url}/readyz", timeout=5).json())
        except requests.RequestException:
            return {"status": "down", "components": {}}

    def processes(self) -> dict[int, str]:
        """Every process of this installation, the supervisor and grandchildren included: its id and its name."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            if name := self._name_of(folder):
                found[int(folder.name)] = name
        return found

    def _name_of(self, process: Path) -> str:
        """The name of a process of this installation; empty for anybody else's."""
        variables = _read(process / "environ").split("\0")
        if f"DATA_DIR={self.data_dir}" in variables:
            names = [entry.partition("=")[2] for entry in variables if entry.startswith("CARDUME_PROCESS=")]
            return names[0] if names else "up"
        # Redis writes its title over its environment; the port in the title is its own.
        port = read_port(self.data_dir)
        return "redis" if port and f"-server 127.0.0.1:{port}" in _read(process / "cmdline") else ""

    def pid_of(self, name: str) -> int:
        """The process of this name; 0 when there is none."""
        return min((pid for pid, process in self.processes().items() if process == name), default=0)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to a process of the platform, `up` for the supervisor; the id it had."""
        pid = self.pid if name == "up" else self.pid_of(name)
        assert pid > 1, f"{name} does not run"  # 0 would be the test's own process group
        os.kill(pid, number)
        return pid

    def manage(self, *arguments: str, seconds: float = 60) -> str:
        """What a management command of this installation prints."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Stop it; the seconds that took. A supervisor that does not stop in time is killed, and that is an error."""
        if self._process is None:
            return 0
        began = time.monotonic()
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(
                f"it did not stop in {STOP_SECONDS} s\n{self.log_tail('supervisor')}"
            ) from None
        finally:
            self._process = None
        return time.monotonic() - began

    def log_tail(self, name: str, lines: int = 60) -> str:
        """The end of `logs/<name>.log`."""
        file = self.data_dir / "logs" / f"{name}.log"
        return "\n".join(file.read_text(encoding="utf-8").splitlines()[-lines:]) if file.exists() else ""


def read_port(data_dir: Path) -> str:
    """The port of an installation's own Redis; empty where it has none."""
    return _read(data_dir / "run" / "redis.url").rpartition(":")[2].partition("/")[0]


def _read(file: Path) -> str:
    """Empty for a process that is gone, a zombie or somebody else's."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
