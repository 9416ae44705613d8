"""A paper exchange, a Redis, a database and a zygote: everything that one stream of trials needs."""

import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path
from typing import Self

from conftest import redis_binary, wait_for_port
from exchanges.paper.tests.server import PaperServer
from saas.environment import GENERATED, ROOT
from saas.supervisor.ports import choose_free
from tests.chaos.report import Row, merge
from tests.chaos.scenario import Options
from tests.postgres import fresh_database

BENCHES = 2  # one for each core of a small machine


class Bench:
    """Started with the block, gone with it."""

    def __init__(self, folder: Path, exchange: str, database_url: str) -> None:
        self.folder = folder
        self.exchange = exchange
        self._database_url = database_url
        self._stack = ExitStack()
        self._zygote: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder.mkdir(parents=True)
            environment = self._environment(stack)
            self._migrate(environment)
            self._zygote = self._start_zygote(environment, stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ask(self, drill: str, count: int, seed: int, part: tuple[int, int] = (0, 1)) -> list[Row]:
        """Run one drill `count` times; `part` says which of how many benches of this exchange does it."""
        assert self._zygote
        assert self._zygote.stdin
        assert self._zygote.stdout
        request = {"drill": drill, "count": count, "seed": seed, "part": part}
        self._zygote.stdin.write(json.dumps(request) + "\n")
        self._zygote.stdin.flush()
        answer = self._zygote.stdout.readline()
        if not answer:
            raise RuntimeError(f"the rig's process ended with {self._zygote.wait()}")
        return [Row(**row) for row in json.loads(answer)]

    def _environment(self, stack: ExitStack) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in GENERATED}
        secrets = {name: make() for name, make in GENERATED.items()}
        # A connection that is cut is no news here.
        paper = PaperServer(self.folder / "paper.sqlite3", "--faults", quiet=True)
        stack.callback(paper.close)
        paper.start()
        database = f"sqlite:///{self.folder / 'cardume.sqlite3'}"
        if self._database_url:
            database = stack.enter_context(fresh_database(self._database_url))
        own = {
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": database,
            "REDIS_URL": self._start_redis(stack),
            "PAPER_EXCHANGE_URL": paper.url,
            "CHAOS_PAPER_URL": paper.url,
            "CHAOS_EXCHANGE": self.exchange,
            "DJANGO_SETTINGS_MODULE": "saas.settings",
            "LOG_LEVEL": "CRITICAL",
            "WORKER_CONCURRENCY": "4",
        }
        return {**inherited, **secrets, **own}

    def _start_redis(self, stack: ExitStack) -> str:
        port = choose_free("127.0.0.1")
        command = [str(redis_binary()), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        server = subprocess.Popen([*command, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        stack.callback(server.wait)
        stack.callback(server.terminate)
        wait_for_port(port)
        return f"redis://127.0.0.1:{port}/0"

    def _migrate(self, environment: dict[str, str]) -> None:
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)

    def _start_zygote(self, environment: dict[str, str], stack: ExitStack) -> subprocess.Popen[str]:
        zygote = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.rig.zygote"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.enter_context(zygote)
        stack.callback(zygote.kill)
        return zygote


class Benches:
    """The benches of one run, started when they are first needed and kept for the next scenario."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._started: dict[tuple[Path, str, int], Bench] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self._started.clear()

    def run(self, options: Options, drill: str, count: int) -> list[Row]:
        """`count` repetitions of a drill, shared out over the exchanges and the cores."""
        benches = self._of(options)
        found: list[list[Row] | BaseException] = [[] for _ in benches]

        def ask(place: int) -> None:
            bench = benches[place]
            share = count // len(benches) + (place < count % len(benches))
            siblings = [other for other in benches if other.exchange == bench.exchange]
            part = (siblings.index(bench), len(siblings))
            try:
                found[place] = bench.ask(drill, share, options.seed + place, part) if share else []
            except BaseException as error:  # noqa: BLE001 -- raised again by the main thread
                found[place] = error

        threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(benches))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return merge(row for rows in found for row in _raise(rows))

    def _of(self, options: Options) -> list[Bench]:
        exchanges = islice(cycle(options.exchanges), max(BENCHES, len(options.exchanges)))
        return [self._bench(options, exchange, place) for place, exchange in enumerate(exchanges)]

    def _bench(self, options: Options, exchange: str, place: int) -> Bench:
        name = (options.folder, exchange, place)
        if name not in self._started:
            folder = options.folder / f"bench-{exchange}-{place}"
            self._started[name] = self._stack.enter_context(Bench(folder, exchange, options.database_url))
        return self._started[name]


def _raise(rows: list[Row] | BaseException) -> list[Row]:
    if isinstance(rows, BaseException):
        raise rows
    return rows
