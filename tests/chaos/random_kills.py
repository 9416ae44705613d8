"""Any process of the platform killed at any moment, the next one without waiting for the last."""

import time
from collections import Counter
from random import Random

from tests.chaos.ground import Ground, trading
from tests.chaos.report import Row
from tests.chaos.scenario import Options, Scenario, say

# The workers are where orders are placed; with the supervisor everything dies at once and takes longest to come back.
WEIGHTS = {
    "worker": 13,
    "worker-2": 12,
    "paper": 16,
    "redis": 12,
    "market_data": 11,
    "dispatcher": 11,
    "beat": 11,
    "web": 11,
    "up": 3,
}
MEAN_GAP_SECONDS = 1.8
LEAST_GAP_SECONDS, LONGEST_GAP_SECONDS = 0.05, 6.0
TELL_EVERY = 50


def run(options: Options) -> list[Row]:
    with trading(options, "random-kills") as ground:
        began = time.monotonic()
        killed = kill_at_random(ground, options.kills, Random(options.seed))
        lasted = time.monotonic() - began
        back = ground.await_runs()
        note = f"{_describe(killed)}; {lasted:.0f} s; every bot ran again after {back:.0f} s"
        return [ground.judge("kill -9 of any process", killed.total(), note)]


def kill_at_random(ground: Ground, kills: int, chance: Random) -> Counter[str]:
    """How often each process was killed. The pace is part of the trouble: a second, or none, or six."""
    killed: Counter[str] = Counter()
    while killed.total() < kills:
        gap = chance.expovariate(1 / MEAN_GAP_SECONDS)
        time.sleep(min(max(gap, LEAST_GAP_SECONDS), LONGEST_GAP_SECONDS))
        ground.keep_up()
        name = choose(set(ground.platform.processes().values()), chance)
        if not name or not ground.kill(name):
            continue
        killed[name] += 1
        if killed.total() % TELL_EVERY == 0:
            say(f"random-kills: {killed.total()} of {kills}, {ground.describe()}")
    return killed


def choose(running: set[str], chance: Random) -> str:
    """The supervisor only while all else runs: alone in a platform that starts, it would be chosen again and again."""
    names = [name for name in WEIGHTS if name in running and (name != "up" or running >= set(WEIGHTS))]
    return chance.choices(names, [WEIGHTS[name] for name in names])[0] if names else ""


def _describe(killed: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in killed.most_common())


SCENARIO = Scenario("random-kills", "kill -9 of a random process of the running platform, N times", run)
