"""The programs of one machine, from the settings."""

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from saas import environment
from saas.counters import NODE_VARIABLE, heartbeat_key
from saas.processes import DISPATCHER_THREADS, NAME_VARIABLE, RUNNING_VARIABLE, worker_names
from saas.supervisor import pulse, readiness
from saas.supervisor.ports import Wanted
from saas.supervisor.program import Program, Pulse, Ready
from saas.supervisor.selection import Selection

WORKER_QUEUES = "recovery,bots"
DISPATCHER_QUEUES = "dispatch"
WORKER_STOP_SECONDS = 10
LEAN = {
    # Celery would run Django's checks, which load the web's addresses with all that serves them: `prepare` runs what
    # matters.
    "CELERY_SKIP_CHECKS": "1",
    # It would keep the ids of as many expired messages for three hours, in case somebody asks for one of them again.
    "CELERY_WORKER_REVOKES_MAX": "1000",
    # glibc gives threads heaps of their own, eight for each core. What one frees in the middle of its heap no other can
    # use: a worker with 32 threads grew by megabytes an hour of which nothing was in use.
    "MALLOC_ARENA_MAX": "1",
}
# What speaks only HTTP is not given what opens the database and the users' keys.
SECRETS = {*environment.GENERATED, "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "METRICS_TOKEN", "SENTRY_DSN"}


@dataclass(frozen=True)
class EmbeddedRedis:
    """The Redis to start: its binary and configuration."""

    binary: str
    configuration: Path


class Platform:
    """Builds the programs. `redis_url` is the one that all of them use, embedded or not."""

    def __init__(
        self,
        settings: Any,
        outer: Mapping[str, str],
        redis_url: str,
        redis: EmbeddedRedis | None,
        selection: Selection | None = None,
    ) -> None:
        self._settings = settings
        self._outer = outer
        self._redis_url = redis_url
        self._redis = redis
        self._selection = selection or Selection()
        self._own_paper = not outer.get("PAPER_EXCHANGE_URL") and "paper" in self._selection
        # New at each start and on each machine: no process is taken for another one's.
        self._node = secrets.token_hex(6)

    @property
    def is_whole(self) -> bool:
        """Whether nothing that trading needs is left to other machines."""
        return self._selection.is_whole

    def programs(self) -> list[Program]:
        """In the order of starting."""
        chosen = [program for program in self._all_programs() if program.name in self._selection]
        names = {program.name for program in chosen}
        return [
            replace(program, needs=tuple(need for need in program.needs if need in names))
            for program in chosen
        ]

    def _all_programs(self) -> list[Program]:
        return [
            *self._redis_server(),
            *self._paper_exchange(),
            self._prepare(),
            self._web(),
            *self._workers(),
            self._dispatcher(),
            self._beat(),
            self._market_data(),
            self._dashboard(),
            *self._demo(),
        ]

    def ports(self) -> list[Wanted]:
        """The ports that must be free before anything is started."""
        settings = self._settings
        paper = Wanted("paper", "127.0.0.1", settings.PAPER_PORT, "PAPER_PORT")
        servers = [
            Wanted("web", settings.WEB_HOST, settings.WEB_PORT, "WEB_PORT"),
            Wanted("dashboard", settings.DASHBOARD_HOST, settings.DASHBOARD_PORT, "DASHBOARD_PORT"),
            *([paper] if self._own_paper else []),
        ]
        return [wanted for wanted in servers if wanted.program in self._selection]

    def _redis_server(self) -> list[Program]:
        if self._redis is None:
            return []
        command = (self._redis.binary, str(self._redis.configuration))
        ready = readiness.redis_answers(self._redis_url)
        lives, inner = pulse.redis_lives(self._redis_url), self._environment("redis", False)
        return [self._program("redis", command, ready=ready, pulse=lives, environment=inner)]

    def _paper_exchange(self) -> list[Program]:
        if not self._own_paper:
            return []
        settings = self._settings
        data = str(settings.DATA_DIR / "paper.sqlite3")
        command = _python("-m", "exchanges.paper", "--port", str(settings.PAPER_PORT), "--data", data)
        ready = readiness.port_answers("127.0.0.1", settings.PAPER_PORT)
        lives = pulse.HttpPulse("127.0.0.1", settings.PAPER_PORT, "/paper/status")
        inner = self._environment("paper", False)
        return [self._program("paper", command, ready=ready, pulse=lives, environment=inner)]

    def _prepare(self) -> Program:
        needs = ("redis",) if self._redis else ()
        return self._program("prepare", _manage("prepare"), needs=needs, once=True)

    def _web(self) -> Program:
        settings = self._settings
        address = (loopback(settings.WEB_HOST), settings.WEB_PORT, "/healthz")
        ready, lives = readiness.http_answers(*address), pulse.HttpPulse(*address)
        return self._program("web", _manage("serve_web"), ready=ready, pulse=lives, needs=self._servers())

    def _workers(self) -> list[Program]:
        threads = self._settings.WORKER_CONCURRENCY
        names = worker_names(self._settings.WORKER_PROCESSES)
        return [self._consumer(name, WORKER_QUEUES, threads) for name in names]

    def _dispatcher(self) -> Program:
        """Apart from the workers: when they have no thread to spare, what is due is still found on time."""
        return self._consumer("dispatcher", DISPATCHER_QUEUES, DISPATCHER_THREADS)

    def _consumer(self, name: str, queues: str, threads: int) -> Program:
        return self._program(
            name,
            _celery("worker", *consumer_arguments(name, queues, threads)),
            needs=self._servers(),
            stop_seconds=WORKER_STOP_SECONDS,
            **self._heart_beats(name),
        )

    def _beat(self) -> Program:
        command = _celery("beat", "--pidfile=")
        return self._program("beat", command, needs=self._servers(), **self._heart_beats("beat"))

    def _market_data(self) -> Program:
        beats = self._heart_beats("market_data")
        return self._program("market_data", _manage("market_data"), needs=self._servers(), **beats)

    def _dashboard(self) -> Program:
        settings = self._settings
        host, port = settings.DASHBOARD_HOST, settings.DASHBOARD_PORT
        options = {
            "server.address": host,
            "server.port": port,
            "server.headless": "true",
            "server.fileWatcherType": "none",
            "browser.gatherUsageStats": "false",
        }
        flags = [f"--{name}={value}" for name, value in options.items()]
        command = _python("-m", "streamlit", "run", "dashboard/app.py", *flags)
        api = {"API_URL": f"http://{loopback(settings.WEB_HOST)}:{settings.WEB_PORT}"}
        address = (loopback(host), port, "/_stcore/health")
        ready, lives = readiness.http_answers(*address), pulse.HttpPulse(*address)
        inner = {**self._environment("dashboard", False), **api}
        details = {"ready": ready, "pulse": lives, "environment": inner}
        return self._program("dashboard", command, needs=("prepare",), **details)

    def _demo(self) -> list[Program]:
        if not self._settings.DEMO:
            return []
        needs = ("web", *self._servers())
        command = _manage("prepare_demo")
        return [self._program("demo", command, needs=needs, once=True, awaited=False)]

    def _servers(self) -> tuple[str, ...]:
        redis = ("redis",) if self._redis else ()
        paper = ("paper",) if self._own_paper else ()
        return (*redis, *paper, "prepare")

    def _heart_beats(self, process: str) -> dict[str, Ready | Pulse]:
        at = (self._redis_url, heartbeat_key(process, self._node))
        return {"ready": readiness.heart_beats(*at), "pulse": pulse.heart_beats_on(*at)}

    def _program(self, name: str, command: tuple[str, ...], **details: Any) -> Program:
        details.setdefault("environment", self._environment(name, True))
        return Program(name=name, command=command, directory=environment.ROOT, **details)

    def _environment(self, name: str, trusted: bool) -> dict[str, str]:
        """The supervisor's own environment and what tells the process who it is; secrets only for the trusted."""
        outer = {key: value for key, value in self._outer.items() if trusted or key not in SECRETS}
        redis = {"REDIS_URL": self._redis_url} if trusted else {}
        own = {NAME_VARIABLE: name, RUNNING_VARIABLE: ",".join(self._beating()), NODE_VARIABLE: self._node}
        folder = {"DATA_DIR": str(self._settings.DATA_DIR), "PYTHONUNBUFFERED": "1"}
        return {**LEAN, **outer, **redis, **own, **folder}

    def _beating(self) -> tuple[str, ...]:
        """Those of them whose heartbeats are in Redis."""
        names = (*worker_names(self._settings.WORKER_PROCESSES), "dispatcher", "beat", "market_data")
        return tuple(name for name in names if name in self._selection)


def consumer_arguments(name: str, queues: str, threads: int) -> tuple[str, ...]:
    """For Celery's `worker`: nothing of what it asks and tells other workers."""
    alone = ("--without-mingle", "--without-gossip", "--without-heartbeat")
    pool = ("--pool=threads", f"--concurrency={threads}")
    return (f"--hostname={name}@%h", *pool, f"--queues={queues}", *alone)


def loopback(host: str) -> str:
    """Where a server that listens on this address is reached from its own machine."""
    return "127.0.0.1" if host in {"", "0.0.0.0", "::"} else host  # noqa: S104 - compared with, not bound to


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def _manage(*arguments: str) -> tuple[str, ...]:
    return _python("manage.py", *arguments)


def _celery(*arguments: str) -> tuple[str, ...]:
    return _python("-m", "celery", "-A", "saas", *arguments)
