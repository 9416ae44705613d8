"""Redis killed or emptied under bots at work: some seconds of trading are lost, and nothing else."""

import statistics
import time
from collections.abc import Callable
from random import Random

from redis import Redis

from tests.chaos.ground import Ground, trading, until
from tests.chaos.report import Row
from tests.chaos.scenario import Options, Scenario, say

# A run that was under way may still end without Redis; what runs later has found it again.
UNDER_WAY_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60
LEAST_GAP_SECONDS, LONGEST_GAP_SECONDS = 0.5, 4.0
TELL_EVERY = 10


def run(options: Options) -> list[Row]:
    return [
        _storm(options, "kill -9 of Redis", lambda ground: ground.kill("redis")),
        _storm(options, "FLUSHALL of Redis", flush),
    ]


def flush(ground: Ground) -> None:
    address = (ground.platform.data_dir / "run" / "redis.url").read_text(encoding="utf-8").strip()
    with Redis.from_url(address) as client:
        client.flushall()


def _storm(options: Options, fault: str, lose: Callable[[Ground], object]) -> Row:
    chance = Random(options.seed)
    with trading(options, fault.replace(" ", "-")) as ground:
        pauses: list[float] = []
        while len(pauses) < options.redis_kills:
            time.sleep(chance.uniform(LEAST_GAP_SECONDS, LONGEST_GAP_SECONDS))
            pauses.append(_measure(ground, lose))
            if len(pauses) % TELL_EVERY == 0:
                say(f"{fault}: {len(pauses)}, {_describe(pauses)}, {ground.describe()}")
        return ground.judge(fault, len(pauses), _describe(pauses))


def _measure(ground: Ground, lose: Callable[[Ground], object]) -> float:
    """The seconds until every bot has looked at the market again."""
    lose(ground)
    lost_at = time.time()
    since = lost_at + UNDER_WAY_SECONDS
    until(lambda: ground.has_looked_since(since), LONGEST_PAUSE_SECONDS)
    return time.time() - lost_at


def _describe(pauses: list[float]) -> str:
    return f"every bot ran again after {statistics.median(pauses):.1f} s, at worst {max(pauses):.1f} s"


SCENARIO = Scenario("redis-losses", "Redis killed N/10 times, and emptied as often", run)
