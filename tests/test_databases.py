"""The database settings under several processes with several threads each, on both databases."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from saas.environment import GENERATED, ROOT
from tests.postgres import fresh_database

PROCESSES = 3
THREADS = 8
ROUNDS = 25
POOL_SIZE = 10  # WORKER_CONCURRENCY of 2 and 8 besides


def run(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make_environment(folder: Path, **settings: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    secrets = {name: make() for name, make in GENERATED.items()}
    own = {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "saas.settings", "LOG_LEVEL": "WARNING"}
    return {**inherited, **secrets, **own, **settings}


@pytest.fixture(params=["sqlite", "postgres"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an installation with a migrated database."""
    if request.param == "sqlite":
        yield prepare(make_environment(tmp_path))
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as url:
        yield prepare(make_environment(tmp_path, DATABASE_URL=url, WORKER_CONCURRENCY="2"))


def prepare(environment: dict[str, str]) -> dict[str, str]:
    run(environment, "manage.py", "migrate", "--verbosity=0")
    run(environment, "-c", "from tests.database_writers import make_counter; make_counter()")
    return environment


def counter(environment: Mapping[str, str]) -> int:
    return int(
        run(environment, "-c", "from tests.database_writers import read_counter; print(read_counter())")
    )


def start_writers(
    environment: Mapping[str, str], threads: int, rounds: int, hold: float
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.database_writers", str(threads), str(rounds), str(hold)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_processes_with_threads_write_at_once_without_an_error_or_a_lost_update(
    installation: dict[str, str],
) -> None:
    writers = [start_writers(installation, THREADS, ROUNDS, 0) for _ in range(PROCESSES)]
    outputs = [writer.communicate(timeout=200)[0] for writer in writers]
    assert outputs == [""] * PROCESSES
    assert counter(installation) == PROCESSES * THREADS * ROUNDS


def test_more_threads_than_the_pool_has_connections_wait_for_one(installation: dict[str, str]) -> None:
    threads = 3 * POOL_SIZE
    output = start_writers(installation, threads, 4, 0.1).communicate(timeout=200)[0]
    assert output == ""
    assert counter(installation) == threads * 4


def test_sqlite_runs_with_the_journal_and_the_patience_that_many_writers_need(tmp_path: Path) -> None:
    script = (
        "import django; django.setup();"
        "from django.db import connection; cursor = connection.cursor();"
        "print([cursor.execute('PRAGMA ' + name).fetchone()[0] for name in"
        " ('journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout')], connection.transaction_mode)"
    )
    assert run(make_environment(tmp_path), "-c", script).strip() == "['wal', 1, 1, 20000] IMMEDIATE"


@pytest.mark.parametrize(
    ("threads", "kept"), [("4", "-2000 128"), ("16", "-1000 128"), ("32", "-500 64"), ("64", "-250 64")]
)
def test_the_threads_of_a_process_share_what_it_keeps_of_a_sqlite_file(
    tmp_path: Path, threads: str, kept: str
) -> None:
    script = (
        "import django; django.setup();"
        "from django.db import connection; cursor = connection.cursor();"
        "print(cursor.execute('PRAGMA cache_size').fetchone()[0],"
        " connection.get_connection_params()['cached_statements'])"
    )
    environment = make_environment(tmp_path, WORKER_CONCURRENCY=threads, CARDUME_PROCESS="worker")
    assert run(environment, "-c", script).strip() == kept
