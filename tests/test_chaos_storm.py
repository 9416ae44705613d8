"""A short storm on the running platform: processes killed at random, and both ledgers compared afterwards.

The published run is `python -m tests.chaos --kills 1000`.
"""

import os
from pathlib import Path
from random import Random

import pytest

from tests.chaos import second_processes, waking_kills
from tests.chaos.ground import trading
from tests.chaos.random_kills import WEIGHTS, choose, kill_at_random
from tests.chaos.scenario import Options
from trades.lease import LEASE_TIME

KILLS = 8
CROSSINGS = 4


@pytest.fixture
def options(tmp_path: Path) -> Options:
    url = os.environ.get("DATABASE_URL", "")
    database_url = url if url.startswith("postgres") else ""
    return Options(KILLS, 1, ("binance", "bybit"), tmp_path, database_url)


@pytest.mark.system
def test_nothing_is_lost_doubled_or_miscounted(options: Options) -> None:
    with trading(options, "storm", people=1) as ground:
        killed = kill_at_random(ground, KILLS, Random(options.seed))
        ground.await_runs()
        row = ground.judge("kill -9 of any process", killed.total())
        platform = ground.platform
    assert row.is_clean, row
    assert row.orders > 0
    assert platform.processes() == {}


@pytest.mark.system
def test_every_crossing_is_acted_upon_whoever_of_those_that_wake_bots_is_killed(options: Options) -> None:
    with trading(options, "waking", people=1, settings=waking_kills.SETTINGS) as ground:
        row = waking_kills.storm(ground, KILLS, CROSSINGS, options.seed)
    assert row.is_clean, row
    assert row.orders > 0


def test_a_stop_outlasts_the_lease() -> None:
    assert LEASE_TIME.total_seconds() == second_processes.LEASE_SECONDS


def test_the_supervisor_is_killed_only_while_all_else_runs() -> None:
    everything, chance = set(WEIGHTS), Random(1)
    assert "up" in {choose(everything, chance) for _ in range(500)}
    assert {choose({"up", "redis"}, chance) for _ in range(100)} == {"redis"}
    assert choose({"up"}, chance) == ""
