"""The worker's messages to itself, with a real Redis and Celery's own way of reading it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from kombu import Connection, Consumer, Message
from redis.exceptions import RedisError

from saas import canary as canaries
from saas import tasks
from saas.canary import QUEUE_KEPT_SECONDS, STUCK_SECONDS, TASK, Canary, Pool, Singer
from saas.celery import app
from saas.counters import NODE_KEPT_SECONDS, beat, heartbeat_key
from saas.redis import key

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NODE = "a1b2c3"


def wait_until(holds: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


@pytest.fixture
def canary(redis: Any, monkeypatch: pytest.MonkeyPatch) -> Canary:
    monkeypatch.setenv("CARDUME_PROCESS", "worker-2")
    return Canary()


def heartbeat(redis: Any) -> bytes | None:
    written: bytes | None = redis.get(heartbeat_key("worker"))
    return written


def test_a_heartbeat_is_written_only_for_a_message_that_was_heard(canary: Canary, redis: Any) -> None:
    canary.sing(False, NOW)
    canary.sing(False, NOW)
    assert heartbeat(redis) is None
    canary.hear()
    canary.sing(False, NOW)
    assert heartbeat(redis) == b"%.1f" % NOW.timestamp()
    redis.delete(heartbeat_key("worker"))
    canary.sing(False, NOW)
    assert heartbeat(redis) is None


def test_a_worker_that_is_too_busy_to_hear_is_alive(canary: Canary, redis: Any) -> None:
    canary.sing(True, NOW)
    assert heartbeat(redis)


def test_the_queue_of_a_deaf_worker_holds_one_message_and_that_of_a_dead_one_is_forgotten(
    canary: Canary, redis: Any
) -> None:
    before = set(redis.keys())
    for _ in range(20):
        canary.sing(False, NOW)
    name = key(canary.queue_name)
    assert redis.llen(name) == 1
    assert 0 < redis.ttl(name) <= QUEUE_KEPT_SECONDS
    canary.leave()
    assert set(redis.keys()) == before


def test_a_node_s_own_heartbeat_stands_beside_the_newest_of_all_and_is_forgotten(
    redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDUME_NODE", NODE)
    beat("worker-2", NOW)
    assert redis.get(heartbeat_key("worker-2", NODE)) == heartbeat(redis)
    assert 0 < redis.ttl(heartbeat_key("worker-2", NODE)) <= NODE_KEPT_SECONDS
    assert not redis.exists(heartbeat_key("worker", NODE), heartbeat_key("worker-2"))


class Threads:
    running = 0
    begun = 0


@pytest.fixture
def pool() -> Pool:
    Threads.running = Threads.begun = 0
    return Pool(4, lambda: Threads.running, lambda: Threads.begun, 0)


def test_a_pool_with_a_thread_to_spare_is_no_excuse_for_silence(pool: Pool) -> None:
    Threads.running = 3
    assert not pool.is_busy(1)


def test_a_full_pool_is_busy_while_it_moves_and_stuck_when_it_does_not(pool: Pool) -> None:
    Threads.running = 4
    for now in range(0, STUCK_SECONDS * 3, 60):
        Threads.begun += 1
        assert pool.is_busy(now)
    moved_at = STUCK_SECONDS * 3 - 60
    assert pool.is_busy(moved_at + STUCK_SECONDS - 1)
    assert not pool.is_busy(moved_at + STUCK_SECONDS)


def test_what_is_sung_arrives_through_kombu_and_leaves_nothing_behind(
    canary: Canary, redis: Any, redis_url: str
) -> None:
    before = set(redis.keys())
    arrived: list[Message] = []
    canary.sing(False, NOW)
    connection = Connection(redis_url, transport_options={"global_keyprefix": key("")})
    with connection, Consumer(connection, [canary.queue()], on_message=arrived.append, accept=["json"]):
        connection.drain_events(timeout=10)
    assert [message.headers["task"] for message in arrived] == [TASK]
    assert set(redis.keys()) == before


def test_the_event_loop_hears_without_a_thread_of_the_pool(
    canary: Canary, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "canary", canary)
    on_message = app.tasks[TASK].start_strategy(app, None)
    on_message(None, None, None, None, None)
    canary.sing(False, NOW)
    assert heartbeat(redis)


def test_it_sings_until_it_is_told_to_leave_and_takes_its_queue_along(
    canary: Canary, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canaries, "PAUSE_SECONDS", 0.02)
    singer = Singer(canary, lambda: True)
    singer.start()
    wait_until(lambda: heartbeat(redis))
    singer.leave()
    singer.join(5)
    assert not redis.exists(key(canary.queue_name))


def test_without_redis_it_goes_on_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[bool] = []

    def fail(busy: bool, now: datetime) -> None:
        tried.append(busy)
        raise RedisError("away")

    monkeypatch.setattr(canaries, "PAUSE_SECONDS", 0.01)
    lonely = Canary()
    monkeypatch.setattr(lonely, "sing", fail)
    monkeypatch.setattr(lonely, "leave", lambda: None)
    singer = Singer(lonely, lambda: False)
    singer.start()
    wait_until(lambda: len(tried) > 3)
    singer.leave()
    singer.join(5)
    assert not singer.is_alive()
