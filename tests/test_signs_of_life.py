"""What lives and does nothing is found and started again; what Redis loses costs seconds, and no order."""

import signal
import time
from collections.abc import Iterator

import pytest
from redis import Redis

from tests.platform import Platform

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

FOUND_SECONDS = 60
LOST_SECONDS = 10
LAST_LOOK = """
from bots.look_times import last_looks
from bots.models import BotConfiguration
from saas.clock import utc_now
looks = last_looks(BotConfiguration.objects.select_related("exchange_key"), utc_now())
print("looked", max([0.0, *(look.timestamp() for look in looks.values())]))
"""


@pytest.fixture(scope="module")
def trading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """With the demo's bot, run every second whatever the prices are, so that it shows at once who runs again."""
    with Platform(tmp_path_factory.mktemp("life") / "data", {"BOT_DISPATCH": "every"}) as running:
        running.wait_until(lambda: last_look(running))
        yield running


def last_look(platform: Platform) -> float:
    """The Unix time of the newest look at the market, quiet or not; 0 before there is one."""
    return float(platform.manage("shell", "-c", LAST_LOOK).rpartition("looked ")[2])


def redis_of(platform: Platform) -> Redis:
    return Redis.from_url((platform.data_dir / "run" / "redis.url").read_text(encoding="utf-8").strip())


@pytest.mark.parametrize("name", ["worker-2", "dispatcher", "web"])
def test_a_stopped_process_is_found_and_started_again(trading: Platform, name: str) -> None:
    stopped = trading.kill(name, signal.SIGSTOP)
    trading.wait_until(lambda: trading.pid_of(name) not in {0, stopped}, FOUND_SECONDS)
    trading.wait_ready(FOUND_SECONDS)
    back = time.time()
    trading.wait_until(lambda: last_look(trading) > back, FOUND_SECONDS)
    assert f"{name} runs but has given no sign of life" in trading.terminal


def test_a_redis_that_is_flushed_and_killed_costs_seconds_and_no_process_but_itself(
    trading: Platform,
) -> None:
    before = {
        name: trading.pid_of(name)
        for name in ("worker", "worker-2", "dispatcher", "beat", "market_data", "web")
    }
    with redis_of(trading) as client:
        client.flushall()
    trading.kill("redis")
    lost_at = time.time()
    trading.wait_until(
        lambda: last_look(trading) > lost_at, LOST_SECONDS * 2
    )  # the question itself takes seconds
    trading.wait_ready()
    assert {name: trading.pid_of(name) for name in before} == before
    with redis_of(trading) as client:
        keys = {key.decode().partition(":")[2] for key in client.scan_iter()}
    assert {"_kombu.binding.bots", "_kombu.binding.dispatch", "_kombu.binding.recovery"} <= keys
    assert any(key.startswith("market:") for key in keys)
