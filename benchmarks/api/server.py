"""One web process with its Redis and a database of its own, filled, and nothing else of the platform."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.api.size import Size
from benchmarks.benchmark import say
from benchmarks.rig.modules import run_module
from benchmarks.rig.processes import Usage, read_usage
from benchmarks.rig.redis_server import start_redis
from benchmarks.rig.waiting import wait_until
from saas.environment import GENERATED, ROOT
from saas.supervisor.orphans import die_with_parent
from saas.supervisor.ports import choose_free
from tests.platform import NOT_INHERITED
from tests.postgres import fresh_database, throwaway_cluster

START_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.05
FILL_SECONDS = 1_800
UNTHROTTLED = "1000000000/min"


@dataclass(frozen=True)
class Served:
    """A web process that answers on `port`; `filled` is what `prepare` said."""

    port: int
    pid: int
    environment: Mapping[str, str]
    filled: Mapping[str, Any]

    def usage(self) -> Usage:
        return read_usage({self.pid: "web"})["web"]

    def load(self, plans: Sequence[Sequence[Mapping[str, str]]], seconds: float) -> list[dict[str, Any]]:
        """Have these plans asked, each over a connection of its own; the times of the answers by plan and path."""
        asked = {"port": self.port, "seconds": seconds, "plans": plans}
        answer: list[dict[str, Any]] = _run("benchmarks.api.load", self.environment, asked)
        return answer


@contextmanager
def serving(size: Size, *, postgres: bool = False) -> Iterator[Served]:
    """Nothing of it is left afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cardume-benchmark-")))
        environment = _environment(folder)
        if postgres:
            cluster = stack.enter_context(throwaway_cluster())
            environment["DATABASE_URL"] = stack.enter_context(fresh_database(cluster))
        environment["REDIS_URL"] = start_redis(folder, stack)
        say(f"filling the database: {size}")
        filled = _run("benchmarks.api.prepare", environment, asdict(size))
        stack.enter_context(_process([sys.executable, "-m", "benchmarks.api.prices"], environment))
        web = stack.enter_context(_process([sys.executable, "manage.py", "serve_web"], environment))
        port = int(environment["WEB_PORT"])
        wait_until(lambda: _answers(port), START_SECONDS, "the web process", every=POLL_SECONDS)
        yield Served(port, web.pid, environment, filled)


def _environment(folder: Path) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if name not in {*NOT_INHERITED, "DATABASE_URL"}
    }
    (folder / "staticfiles").mkdir()
    return {
        **inherited,
        **{name: make() for name, make in GENERATED.items()},
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "benchmarks.api.settings",
        # As the supervisor starts it: its console is for warnings, its lines go to the log.
        "CARDUME_PROCESS": "web",
        "WEB_PORT": str(choose_free("127.0.0.1")),
        "RATE_CALLS": UNTHROTTLED,
    }


@contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, cwd=ROOT, env=dict(environment), stdout=subprocess.DEVNULL, preexec_fn=die_with_parent()
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _run(module: str, environment: Mapping[str, str], asked: Any) -> Any:
    return json.loads(run_module(module, [], environment, FILL_SECONDS, json.dumps(asked)))


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok
    except requests.RequestException:
        return False
