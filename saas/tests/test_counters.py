"""What a process counts is written once a second, all of it and once."""

import threading
from typing import Any

import pytest
from redis.exceptions import ConnectionError as NotConnected

from saas import counters
from saas.clock import utc_now


@pytest.fixture
def own_tally(monkeypatch: pytest.MonkeyPatch) -> counters.Tally:
    tally = counters.Tally()
    monkeypatch.setattr(counters, "_tally", tally)
    return tally


@pytest.mark.usefixtures("own_tally")
def test_counts_are_written_together_and_the_last_with_a_sign_of_life(redis: Any) -> None:
    for _ in range(5):
        counters.add("runs")
    assert redis.get(counters.counter_key("runs")) == b"1"
    counters.beat("worker", utc_now())
    assert redis.get(counters.counter_key("runs")) == b"5"


@pytest.mark.usefixtures("own_tally")
def test_lateness_is_kept_in_hundredths_of_a_second(redis: Any) -> None:
    for seconds, times in ((0.004, 1), (0.25, 3), (0.259, 1), (-0.1, 1), (900, 1)):
        counters.observe("look", seconds, times)
    counters.flush()
    found = redis.hgetall(counters.lateness_key("look"))
    assert float(found.pop(b"sum")) == pytest.approx(0.004 + 3 * 0.25 + 0.259 - 0.1 + 900)
    assert found == {b"0": b"2", b"25": b"4", str(counters.LAST_BUCKET).encode(): b"1"}


@pytest.mark.usefixtures("own_tally")
def test_no_count_of_many_threads_is_lost(redis: Any) -> None:
    def count() -> None:
        for _ in range(1_000):
            counters.add("runs")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counters.flush()
    assert redis.get(counters.counter_key("runs")) == b"4000"


def test_a_redis_that_is_away_fails_nobody(
    own_tally: counters.Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_away() -> None:
        raise NotConnected

    monkeypatch.setattr(own_tally, "write", be_away)
    counters.add("runs")
    counters.observe("run", 0.1)
