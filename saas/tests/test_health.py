"""What probes and monitors are told."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from conftest import free_port, redis_binary, wait_for_port
from saas import components, metrics
from saas.clock import utc_now
from saas.counters import beat, counter_key, heartbeat_key, lateness_key
from saas.metrics import Metric

# A part is waited for 1.5 s at most. Whatever waits for a frozen Redis without a limit waits for ever.
LONGEST_ANSWER_SECONDS = 20
PROCESSES = ("worker", "dispatcher", "beat", "market_data")


@pytest.fixture
def probe(transactional_db: None) -> Client:
    return Client()


@pytest.fixture(autouse=True)
def whole_site(lower_site: None, settings: Any) -> None:
    settings.ROOT_URLCONF = "saas.urls"
    components._client.cache_clear()


def write_heartbeats(redis: Any, age: float = 0, *names: str) -> None:
    for name in names or PROCESSES:
        redis.set(heartbeat_key(name), repr(time.time() - age))


def test_healthz_asks_nothing_of_anybody(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_is_200_while_every_part_is_alive(probe: Client, redis: Any) -> None:
    write_heartbeats(redis)
    answer = probe.get("/readyz")
    assert answer.status_code == 200
    names = ("database", "redis", *PROCESSES)
    assert answer.json() == {"status": "ok", "components": {name: {"ok": True} for name in names}}


@pytest.mark.parametrize("name", PROCESSES)
def test_readyz_says_whose_sign_of_life_is_old(probe: Client, redis: Any, name: str) -> None:
    write_heartbeats(redis)
    write_heartbeats(redis, components.STALE_SECONDS + 5, name)
    answer = probe.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "degraded")
    down = {part for part, state in answer.json()["components"].items() if not state["ok"]}
    assert down == {name}


@pytest.mark.parametrize("value", [None, "not a time"])
def test_a_process_that_never_gave_a_sign_of_life_is_down(
    probe: Client, redis: Any, value: str | None
) -> None:
    write_heartbeats(redis)
    redis.delete(heartbeat_key("beat"))
    if value is not None:
        redis.set(heartbeat_key("beat"), value)
    assert probe.get("/readyz").json()["components"]["beat"] == {"ok": False, "detail": "no sign of life yet"}


def test_readyz_says_which_of_this_machines_workers_is_down(
    probe: Client, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDUME_NODE", "a1b2c3")
    monkeypatch.setenv("CARDUME_PROCESSES", "worker,worker-2,dispatcher")
    for name in ("worker", "dispatcher", "beat", "market_data"):
        beat(name, utc_now())
    parts = probe.get("/readyz").json()["components"]
    assert list(parts) == ["database", "redis", "worker", "worker-2", "dispatcher", "beat", "market_data"]
    assert {name for name, state in parts.items() if not state["ok"]} == {"worker-2"}
    beat("worker-2", utc_now())
    assert probe.get("/readyz").status_code == 200


def test_where_no_worker_runs_one_on_any_other_machine_is_enough(
    probe: Client, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDUME_NODE", "elsewhere")
    for name in ("worker-3", "dispatcher", "beat", "market_data"):
        beat(name, utc_now())
    monkeypatch.setenv("CARDUME_NODE", "a1b2c3")
    monkeypatch.setenv("CARDUME_PROCESSES", "")
    assert probe.get("/readyz").json()["components"]["worker"] == {"ok": True}
    monkeypatch.setenv("CARDUME_PROCESSES", "worker")
    assert not probe.get("/readyz").json()["components"]["worker"]["ok"]


@pytest.fixture
def frozen_redis(tmp_path: Path) -> Iterator[str]:
    """A Redis that accepts connections and answers nothing, as on a machine that has run out of memory."""
    port = free_port()
    command = [str(redis_binary()), "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        server.send_signal(signal.SIGSTOP)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait(10)


def ask_in_time(probe: Client) -> Any:
    began = time.monotonic()
    answer = probe.get("/readyz")
    assert time.monotonic() - began < LONGEST_ANSWER_SECONDS
    return answer


def test_a_dead_redis_is_told_quickly(probe: Client, settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    parts = ask_in_time(probe).json()["components"]
    assert parts["redis"] == {"ok": False, "detail": "no answer"}
    assert parts["worker"] == {"ok": False, "detail": "unknown without Redis"}
    assert parts["database"] == {"ok": True}


def test_a_redis_that_hangs_is_told_quickly(probe: Client, settings: Any, frozen_redis: str) -> None:
    settings.REDIS_URL = frozen_redis
    answer = ask_in_time(probe)
    assert answer.status_code == 503
    assert not answer.json()["components"]["redis"]["ok"]


def test_a_database_that_hangs_is_told_quickly(
    probe: Client, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def hang() -> components.Component:
        answered.wait(30)
        return components.Component(ok=True)

    monkeypatch.setattr(components, "_ask_database", hang)
    write_heartbeats(redis)
    for _ in range(2):  # the second question finds the first one still waiting
        answer = ask_in_time(probe)
        assert answer.json()["components"]["database"] == {"ok": False, "detail": "no answer"}
    answered.set()


def test_metrics_tell_components_heartbeats_and_counters(probe: Client, redis: Any) -> None:
    write_heartbeats(redis, 2)
    redis.set(counter_key("runs"), 7)
    answer = probe.get("/metrics")
    text = answer.content.decode()
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'cardume_up{component="redis"} 1\n' in text
    assert 'cardume_heartbeat_age_seconds{process="worker"} 2' in text
    assert "# TYPE cardume_runs_total counter\ncardume_runs_total 7\n" in text


def test_metrics_tell_how_late_looks_were(probe: Client, redis: Any) -> None:
    redis.hset(lateness_key("look"), mapping={"3": 4, "25": 1, "sum": "0.37"})
    text = probe.get("/metrics").content.decode()
    assert 'cardume_look_lateness_seconds_bucket{le="0.05"} 4\n' in text
    assert 'cardume_look_lateness_seconds_bucket{le="0.25"} 4\n' in text
    assert 'cardume_look_lateness_seconds_bucket{le="0.5"} 5\n' in text
    assert 'cardume_look_lateness_seconds_bucket{le="+Inf"} 5\n' in text
    assert "cardume_look_lateness_seconds_sum 0.37\ncardume_look_lateness_seconds_count 5\n" in text


def test_metrics_without_redis_still_say_what_is_up(probe: Client, settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    text = probe.get("/metrics").content.decode()
    assert 'cardume_up{component="redis"} 0\n' in text
    assert 'cardume_up{component="database"} 1\n' in text


@pytest.mark.parametrize("address", ["192.0.2.7", "::ffff:192.0.2.7", "unknown", ""])
def test_metrics_are_not_for_other_machines(probe: Client, redis: Any, address: str) -> None:
    answer = probe.get("/metrics", REMOTE_ADDR=address)
    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"


def test_with_a_token_metrics_are_for_whoever_sends_it_and_for_nobody_else(
    probe: Client, redis: Any, settings: Any
) -> None:
    settings.METRICS_TOKEN = "the-token"
    right = {"Authorization": "Bearer the-token"}
    assert probe.get("/metrics", headers=right, REMOTE_ADDR="192.0.2.7").status_code == 200
    assert probe.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    assert probe.get("/metrics").status_code == 403


def test_what_an_app_registers_is_told_in_prometheus_own_spelling(
    probe: Client, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = Metric("orders", "gauge", "Orders by status.", [({"status": 'odd "one"\n'}, 3), ({}, 0.25)])
    monkeypatch.setattr(metrics, "_collectors", [lambda: [orders]])
    text = probe.get("/metrics").content.decode()
    lines = [
        "# HELP orders Orders by status.",
        "# TYPE orders gauge",
        r'orders{status="odd \"one\"\n"} 3',
        "orders 0.25",
    ]
    assert "\n".join(lines) in text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_not_cached_and_take_no_other_method(probe: Client, redis: Any, path: str) -> None:
    assert "no-store" in probe.get(path)["Cache-Control"]
    assert probe.post(path).status_code == 405
