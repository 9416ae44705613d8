"""One cool-down per venue, shared by all processes, and kept by each while Redis is away."""

import time
from typing import Any

from exchanges import rate_budget
from exchanges.tests.conftest import BINANCE, BYBIT, held_for
from saas.redis import key


def test_a_venue_is_held_alone(redis: Any) -> None:
    assert held_for(BINANCE) == 0
    rate_budget.hold(BINANCE, 20)
    assert 19 < held_for(BINANCE) <= 20
    assert held_for(BYBIT) == 0


def test_a_hold_is_lengthened_but_never_shortened(redis: Any) -> None:
    rate_budget.hold(BINANCE, 20)
    rate_budget.hold(BINANCE, 5)
    assert held_for(BINANCE) > 19
    rate_budget.hold(BINANCE, 60)
    assert held_for(BINANCE) > 59


def test_a_hold_ends(redis: Any) -> None:
    rate_budget.hold(BINANCE, 0.01)
    deadline = time.monotonic() + 10
    while held_for(BINANCE) or redis.exists(key(f"cooldown:{BINANCE}")):
        assert time.monotonic() < deadline, "the hold never ended"


def test_a_redis_that_loses_everything_shortens_no_hold(redis: Any) -> None:
    rate_budget.hold(BINANCE, 20)
    redis.set(
        key(f"cooldown:{BYBIT}"), b"1", px=20_000
    )  # another process's, of which this one has only heard
    held_for(BYBIT)
    redis.flushall()
    assert 19 < held_for(BINANCE) <= 20
    assert 19 < held_for(BYBIT) <= 20


def test_without_redis_the_process_keeps_its_own(no_redis: None) -> None:
    assert held_for(BINANCE) == 0
    rate_budget.hold(BINANCE, 20)
    rate_budget.hold(BINANCE, 5)
    assert 10 < held_for(BINANCE) <= 20  # Redis is asked for a while, in vain
    assert held_for(BYBIT) == 0
