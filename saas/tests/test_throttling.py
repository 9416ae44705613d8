from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from saas.throttling import client_address, count_call, parse_rate, uncount_call

ME = "/api/users/me/"


def limit(settings: Any, **rates: str) -> None:
    defaults = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {**defaults, **rates}}


def request_from(address: str, forwarded: str | None = None) -> Request:
    headers: dict[str, Any] = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return Request(APIRequestFactory().get("/", REMOTE_ADDR=address, **headers))


@pytest.mark.django_db
def test_calls_are_counted_per_user(as_alice: APIClient, as_charlie: APIClient, settings: Any) -> None:
    limit(settings, calls="3/min")
    assert [as_alice.get(ME).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert as_charlie.get(ME).status_code == 200


@pytest.mark.django_db
def test_without_redis_nobody_is_locked_out(as_alice: APIClient, settings: Any) -> None:
    from saas.redis import get_redis

    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    get_redis.cache_clear()
    assert as_alice.get(ME).status_code == 200


def test_simultaneous_calls_are_all_counted() -> None:
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: count_call("calls", "somebody", 60)[0], range(200)))
    assert sorted(counts) == list(range(1, 201))


def test_a_period_begins_with_the_first_call_and_ends(redis: Any) -> None:
    assert count_call("calls", "somebody", 60) == (1, 60)
    key = redis.keys("*:throttle:calls:*")[0]
    redis.pexpire(key, 1)
    while redis.exists(key):
        pass
    assert count_call("calls", "somebody", 60)[0] == 1


def test_taking_back_a_call_of_a_period_that_ended_leaves_nothing(redis: Any) -> None:
    before = set(redis.keys())
    uncount_call("calls", "somebody")
    assert set(redis.keys()) == before


def test_who_is_counted_cannot_be_read_from_redis(redis: Any) -> None:
    count_call("login-account", "alice@example.com", 60)
    assert b"alice" not in redis.keys("*")[0]


@pytest.mark.parametrize(("rate", "parsed"), [("60/min", (60, 60)), ("5/s", (5, 1)), ("9/hour", (9, 3600))])
def test_rates_are_calls_per_period(rate: str, parsed: tuple[int, int]) -> None:
    assert parse_rate(rate) == parsed


def test_a_forwarded_address_is_believed_only_behind_our_own_proxies(settings: Any) -> None:
    assert client_address(request_from("198.51.100.7", "203.0.113.9")) == "198.51.100.7"
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    assert client_address(request_from("198.51.100.7", "1.1.1.1, 203.0.113.9")) == "203.0.113.9"


def test_one_ipv6_network_is_one_caller() -> None:
    assert client_address(request_from("2001:db8::1")) == client_address(request_from("2001:db8::ffff:1"))
    assert client_address(request_from("2001:db8:0:1::1")) != client_address(request_from("2001:db8::1"))
