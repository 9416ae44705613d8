"""One installation on several hosts: a first one with everything but workers, and worker hosts in namespaces.

PostgreSQL, Redis and the paper exchange are on the first host, and the others reach them over the network.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests
from redis import Redis

from benchmarks.benchmark import say
from benchmarks.rig.exchange import PaperExchange
from benchmarks.rig.installation import SETTINGS, Rig
from benchmarks.rig.namespaces import Network, network
from benchmarks.rig.redis_server import start_redis
from benchmarks.rig.waiting import wait_until
from saas.environment import ROOT
from saas.supervisor.orphans import die_with_parent
from saas.supervisor.ports import choose_free
from saas.supervisor.selection import SHARED_SECRETS, SHARED_SERVERS
from tests.platform import Platform
from tests.postgres import running_cluster

READY_SECONDS = 60


@dataclass
class Site:
    """`rig` measures the first host; `hosts` are the worker hosts that run, by their number in the network."""

    rig: Rig
    network: Network
    folder: Path
    stack: ExitStack
    workers: Mapping[str, str]
    hosts: dict[int, Platform]

    def start_host(self, number: int | None = None) -> int:
        """A new worker host, or one that was lost once more; its number."""
        number = self.network.add_host() if number is None else number
        host = Platform(self.folder / f"host{number}", self._shared(), "worker", self.network.prefix(number))
        self.stack.callback(self.lose_host, number)
        self.hosts[number] = host
        host.start()
        say(f"worker host {number} runs")
        return number

    def lose_host(self, number: int) -> None:
        """All its processes at once, as when a machine loses its power."""
        host = self.hosts.pop(number, None)
        if host is not None:
            host.kill("up")
            host.stop()
            host.wait_gone()

    def _shared(self) -> dict[str, str]:
        first = self.rig.platform
        known = {**first.secrets, **first.environment()}
        names = (*SHARED_SERVERS, *SHARED_SECRETS, "PAPER_EXCHANGE_URL", "PAPER_FAULTS")
        return {**{name: known[name] for name in names}, **self.workers}


@contextmanager
def several_hosts(settings: Mapping[str, str], workers: Mapping[str, str]) -> Iterator[Site]:
    """With no worker host yet. `workers` are the settings of those. Raises Unavailable."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cardume-hosts-")))
        net = stack.enter_context(network())
        cluster = stack.enter_context(running_cluster(net.address, net.cidr))
        servers = {
            "DATABASE_URL": cluster.url,
            "REDIS_URL": start_redis(folder, stack, net.address),
            "PAPER_EXCHANGE_URL": stack.enter_context(_paper(net.address, folder)),
        }
        chosen = {**SETTINGS, **settings, **servers, "WORKER_PROCESSES": "0"}
        first = Platform(folder / "first", chosen)
        stack.push(first)
        first.start(wait=False)
        first.wait_until(lambda: "Cardume runs" in first.terminal)
        redis = stack.enter_context(closing(Redis.from_url(servers["REDIS_URL"], protocol=2)))
        exchange = stack.enter_context(closing(PaperExchange(first.paper_url)))
        yield Site(Rig(first, redis, exchange), net, folder, stack, workers, {})


@contextmanager
def _paper(address: str, folder: Path) -> Iterator[str]:
    port = choose_free(address)
    where = ("--host", address, "--port", str(port), "--data", str(folder / "paper.sqlite3"))
    url = f"http://{address}:{port}"
    command = [sys.executable, "-m", "exchanges.paper", *where]
    settings = {**os.environ, "PAPER_FAULTS": "1", "PAPER_PRICES": "walk"}
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(
        command, cwd=ROOT, env=settings, stdout=nowhere, stderr=nowhere, preexec_fn=die_with_parent()
    )
    try:
        wait_until(lambda: _answers(url), READY_SECONDS, "the paper exchange")
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{url}/paper/status", timeout=1).ok
    return False
