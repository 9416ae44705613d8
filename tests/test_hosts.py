"""One installation on several hosts: supervisors with folders of their own that share a database and a Redis."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from redis import Redis

from saas.environment import GENERATED, ROOT
from saas.supervisor.selection import SHARED_SECRETS, SHARED_SERVERS
from tests.platform import Platform

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

FIRST = "paper,web,dispatcher,beat,market_data"
SIZE = {"WORKER_PROCESSES": "1", "WORKER_CONCURRENCY": "4"}
FOUND_SECONDS = 90
REFUSED_SECONDS = 90


class Hosts:
    """The first host has everything but workers, which `add` starts on hosts of their own."""

    def __init__(self, folder: Path, redis_url: str, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        given = {name: make() for name, make in GENERATED.items()}
        if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
            given["DATABASE_URL"] = f"sqlite:///{folder / 'shared.sqlite3'}"
        servers = {"REDIS_URL": redis_url, "BOT_DISPATCH": "every"}
        self.first = Platform(folder / "first", {**given, **servers, **SIZE}, FIRST)
        stack.push(self.first)
        self.first.start(wait=False)
        self.first.wait_until(lambda: "Cardume runs here" in self.first.terminal)

    def shared(self, *names: str) -> dict[str, str]:
        """What a further host is given."""
        known = self.first.environment()
        own = {"PAPER_EXCHANGE_URL": self.first.paper_url, **SIZE}
        return {**own, **{name: known[name] for name in names}}

    def add(self, name: str) -> Platform:
        everything = self.shared(*SHARED_SERVERS, *SHARED_SECRETS)
        host = self._stack.enter_context(Platform(self._folder / name, everything, "worker"))
        self.first.wait_ready()
        return host

    def refuse(self, name: str, given: dict[str, str], only: str) -> str:
        """What a host is told that does not start."""
        host = Platform(self._folder / name, given, only)
        done = subprocess.run(
            host.command,
            cwd=ROOT,
            env=host.environment(),
            capture_output=True,
            text=True,
            timeout=REFUSED_SECONDS,
            check=False,
        )
        assert done.returncode == 1, done.stdout + done.stderr
        assert host.processes() == {}
        return done.stdout + done.stderr

    def await_runs(self) -> None:
        """Of bots, which are begun only where there is a worker."""
        before = self._count_runs()
        self.first.wait_until(lambda: self._count_runs() > before + 2, FOUND_SECONDS)

    def _count_runs(self) -> float:
        text = requests.get(f"{self.first.api_url}/metrics", timeout=10).text
        mark = "\ncardume_runs_total "
        return float(text.partition(mark)[2].split()[0]) if mark in text else 0


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Hosts]:
    with Redis.from_url(redis_url) as client:
        client.flushdb()  # other tests of this process used it
    with ExitStack() as stack:
        hosts = Hosts(tmp_path_factory.mktemp("hosts"), redis_url, stack)
        hosts.add("second")
        hosts.first.manage("prepare_demo")
        yield hosts


def test_a_host_with_a_part_runs_that_and_takes_what_is_due(hosts: Hosts) -> None:
    hosts.await_runs()
    assert {"worker", "redis", "dashboard"}.isdisjoint(hosts.first.processes().values())
    assert "Cardume runs here: paper, web, dispatcher, beat, market_data." in hosts.first.terminal


def test_a_host_without_the_secrets_of_the_installation_is_told_which_and_makes_up_none(hosts: Hosts) -> None:
    said = hosts.refuse("bare", hosts.shared(*SHARED_SERVERS), "worker")
    assert f"Not set on this host: {', '.join(SHARED_SECRETS)}." in said
    assert not (hosts.first.data_dir.parent / "bare" / ".env").exists()


def test_a_host_that_has_made_up_its_own_secrets_is_refused_by_the_database(hosts: Hosts) -> None:
    said = hosts.refuse("stranger", hosts.shared(*SHARED_SERVERS), "")
    ours = hosts.first.environment()["INSTALLATION_ID"]
    assert f"Cardume does not start: The database belongs to the installation {ours}" in said
    assert "Traceback" not in said
    hosts.await_runs()


def test_a_host_that_dies_leaves_its_bots_to_the_others_whose_supervisors_look_after_their_own(
    hosts: Hosts,
) -> None:
    third, fourth = hosts.add("third"), hosts.add("fourth")
    third.kill("up")
    third.wait_gone()
    hosts.await_runs()
    stopped = fourth.kill("worker", signal.SIGSTOP)
    fourth.wait_until(lambda: fourth.pid_of("worker") not in {0, stopped}, FOUND_SECONDS)
    assert "worker runs but has given no sign of life" in fourth.terminal
    assert "no sign of life" not in hosts.first.terminal
    hosts.await_runs()
    assert hosts.first.readyz()["status"] == "ok"
