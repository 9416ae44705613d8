import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from saas.supervisor.program import Program
from saas.supervisor.programs import EmbeddedRedis, Platform, loopback
from saas.supervisor.selection import parse

SETTINGS = SimpleNamespace(
    DATA_DIR=Path("/data"),
    WEB_HOST="::",
    WEB_PORT=8000,
    DASHBOARD_HOST="127.0.0.1",
    DASHBOARD_PORT=8501,
    PAPER_PORT=8600,
    WORKER_PROCESSES=2,
    WORKER_CONCURRENCY=4,
    DEMO=True,
)
OWN_REDIS = EmbeddedRedis("/usr/bin/redis-server", Path("/data/run/redis.conf"))
REDIS_URL = "redis://:secret@127.0.0.1:20000/0"


def programs_by_name(outer: dict[str, str], redis: EmbeddedRedis | None = OWN_REDIS) -> dict[str, Program]:
    platform = Platform(SETTINGS, outer, REDIS_URL, redis)
    return {program.name: program for program in platform.programs()}


def test_one_machine_runs_these_processes_and_each_is_told_its_name_and_its_folder() -> None:
    programs = programs_by_name({})
    workers = ["worker", "worker-2", "dispatcher"]
    assert list(programs) == [
        *("redis", "paper", "prepare", "web"),
        *workers,
        *("beat", "market_data", "dashboard", "demo"),
    ]
    for name, program in programs.items():
        assert program.environment["CARDUME_PROCESS"] == name
        assert program.environment["DATA_DIR"] == "/data"


def test_every_command_line_says_which_process_it_is() -> None:
    commands = {name: " ".join(program.command) for name, program in programs_by_name({}).items()}
    marks = {
        "redis": "redis-server",
        "paper": "exchanges.paper",
        "web": "serve_web",
        "worker": "celery -A saas worker --hostname=worker@%h ",
        "worker-2": "celery -A saas worker --hostname=worker-2@%h ",
        "dispatcher": "celery -A saas worker --hostname=dispatcher@%h ",
        "beat": "celery -A saas beat",
        "market_data": "market_data",
        "dashboard": "streamlit run dashboard/app.py",
    }
    assert all(mark in commands[name] for name, mark in marks.items())
    assert not any("secret" in command for command in commands.values())


def test_a_redis_and_a_paper_exchange_that_are_given_are_not_started() -> None:
    outer = {"PAPER_EXCHANGE_URL": "http://127.0.0.1:9999"}
    programs = programs_by_name(outer, redis=None)
    assert "redis" not in programs
    assert "paper" not in programs
    assert programs["worker"].environment["PAPER_EXCHANGE_URL"] == "http://127.0.0.1:9999"
    ports = Platform(SETTINGS, outer, REDIS_URL, None).ports()
    assert [wanted.setting for wanted in ports] == ["WEB_PORT", "DASHBOARD_PORT"]


@pytest.mark.parametrize("name", ["paper", "dashboard", "redis"])
def test_what_speaks_only_http_is_given_no_secret(name: str) -> None:
    outer = {"SECRET_KEY": "s", "FIELD_ENCRYPTION_KEYS": "k", "DATABASE_URL": "postgres://", "LANG": "C"}
    environment = programs_by_name(outer)[name].environment
    assert environment["LANG"] == "C"
    assert not {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DATABASE_URL", "REDIS_URL"} & set(environment)
    assert programs_by_name(outer)["web"].environment["DATABASE_URL"] == "postgres://"


def test_the_dashboard_reaches_the_api_on_this_machine() -> None:
    assert programs_by_name({})["dashboard"].environment["API_URL"] == "http://127.0.0.1:8000"


@pytest.mark.parametrize(("host", "reached"), [("::", "127.0.0.1"), ("10.1.2.3", "10.1.2.3")])
def test_a_server_on_every_address_is_reached_on_the_loopback(host: str, reached: str) -> None:
    assert loopback(host) == reached


def test_every_process_that_goes_on_for_ever_gives_signs_of_life() -> None:
    programs = programs_by_name({})
    watched = {name for name, program in programs.items() if program.pulse is not None}
    assert watched == {name for name, program in programs.items() if not program.once}


def test_workers_share_their_queues_and_the_dispatcher_has_one_of_its_own() -> None:
    commands = {name: program.command for name, program in programs_by_name({}).items()}
    for name in ("worker", "worker-2"):
        assert {"--queues=recovery,bots", "--concurrency=4", "--pool=threads"} <= set(commands[name])
    assert {"--queues=dispatch", "--concurrency=2", "--pool=threads"} <= set(commands["dispatcher"])


def test_every_process_is_told_which_ones_give_signs_of_life_beside_it() -> None:
    told = {program.environment["CARDUME_PROCESSES"] for program in programs_by_name({}).values()}
    assert told == {"worker,worker-2,dispatcher,beat,market_data"}


def test_a_part_of_an_installation_needs_and_expects_only_what_runs_beside_it() -> None:
    shared = Platform(SETTINGS, {}, REDIS_URL, None, parse(["--only", "worker,web"]))
    programs = {program.name: program for program in shared.programs()}
    assert list(programs) == ["prepare", "web", "worker", "worker-2"]
    assert programs["worker"].needs == ("prepare",)
    assert programs["web"].environment["CARDUME_PROCESSES"] == "worker,worker-2"
    assert [wanted.setting for wanted in shared.ports()] == ["WEB_PORT"]


def test_threads_share_one_heap_unless_the_operator_says_otherwise() -> None:
    assert {one.environment["MALLOC_ARENA_MAX"] for one in programs_by_name({}).values()} == {"1"}
    chosen = programs_by_name({"MALLOC_ARENA_MAX": "4"})
    assert chosen["worker"].environment["MALLOC_ARENA_MAX"] == "4"


def test_celery_keeps_few_ids_of_what_expired() -> None:
    outer = {name: os.environ[name] for name in ("PATH",)}
    command = [sys.executable, "-c", "from celery.worker.state import revoked; print(revoked.maxlen)"]
    told = subprocess.run(
        command, env=programs_by_name(outer)["worker"].environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "1000"


def test_no_two_machines_have_the_same_node() -> None:
    nodes = {programs_by_name({})["worker"].environment["CARDUME_NODE"] for _ in range(5)}
    assert len(nodes) == 5
    assert {program.environment["CARDUME_NODE"] for program in programs_by_name({}).values()}.isdisjoint(
        nodes
    )
