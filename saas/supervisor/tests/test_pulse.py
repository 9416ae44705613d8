"""Signs of life over real sockets and a real Redis."""

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conftest import free_port
from saas.supervisor.pulse import HttpPulse, heart_beats_on, redis_lives

KEY = "heartbeat"


def test_a_heartbeat_is_felt_once_whatever_time_it_tells(redis: Any, redis_url: str) -> None:
    pulse = heart_beats_on(redis_url, KEY)
    assert pulse() is False
    for written in ("1000.5", "20.0", "1000.5"):  # a clock may jump
        redis.set(KEY, written)
        assert [pulse(), pulse(), pulse()] == [True, False, False]


def test_a_heartbeat_that_was_flushed_is_no_sign_of_life_and_the_next_one_is(
    redis: Any, redis_url: str
) -> None:
    pulse = heart_beats_on(redis_url, KEY)
    redis.set(KEY, "1")
    assert pulse() is True
    redis.flushall()
    assert pulse() is False
    redis.set(KEY, "2")
    assert pulse() is True


def test_without_redis_nobody_can_tell_about_the_others_and_redis_itself_is_silent() -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    assert heart_beats_on(url, KEY)() is None
    assert redis_lives(url)() is False


def test_any_answer_of_redis_is_a_sign_of_life(redis: Any, redis_url: str) -> None:
    assert redis_lives(redis_url)() is True


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        yield listening


def felt_within(pulse: Callable[[], bool | None], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not pulse():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_server_that_takes_its_time_is_felt_when_it_answers(server: socket.socket) -> None:
    pulse = HttpPulse("127.0.0.1", server.getsockname()[1], "/healthz")
    for _ in range(2):
        assert [pulse(), pulse(), pulse()] == [
            False,
            False,
            False,
        ]  # connected by the system, answered by nobody
        with server.accept()[0] as asked:
            assert asked.recv(1000).startswith(b"GET /healthz HTTP/1.0\r\n")
            asked.sendall(b"HTTP/1.0 503 Service Unavailable\r\n\r\n")
            assert felt_within(pulse, 5)


def test_one_that_hangs_up_without_an_answer_is_not_felt_and_is_asked_again(server: socket.socket) -> None:
    pulse = HttpPulse("127.0.0.1", server.getsockname()[1], "/healthz")
    pulse()
    server.accept()[0].close()
    assert not felt_within(pulse, 0.1)
    with server.accept()[0] as asked:
        asked.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        assert felt_within(pulse, 5)


def test_where_nothing_listens_nothing_is_felt() -> None:
    assert HttpPulse("127.0.0.1", free_port(), "/healthz")() is False
