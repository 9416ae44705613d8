"""Two where there should be one: a worker that is stopped and wakes up when its bots are another's, and a second beat."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import requests

from saas.environment import ROOT
from saas.supervisor.orphans import die_with_parent
from saas.supervisor.programs import WORKER_QUEUES
from tests.chaos.ground import Ground, trading, until
from tests.chaos.own_database import ask, unix_time
from tests.chaos.report import Row
from tests.chaos.scenario import Options, Scenario, say
from tests.platform import Platform

# What `trades.lease` says, which only a configured Django can import; a test compares the two.
LEASE_SECONDS = 45
BEYOND_LEASE_SECONDS = LEASE_SECONDS + 3
WARM_UP_SECONDS = 60
LEAST_GAP_SECONDS, LONGEST_GAP_SECONDS = 1.0, 4.0
AWAKE_SECONDS = 5.0
LONGEST_WATCH_SECONDS = 120
WORKER = (
    "worker",
    "--pool=threads",
    "--concurrency=16",
    f"--queues={WORKER_QUEUES}",
    "--without-mingle",
    "--without-gossip",
    "--without-heartbeat",
)


@contextmanager
def beside(platform: Platform, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery process that the supervisor knows nothing of; it is gone afterwards, however it was stopped."""
    log = platform.data_dir / f"{name}.output"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "saas", *arguments],
            cwd=ROOT,
            env={**platform.environment(), "CARDUME_PROCESS": name},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent(),
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def stop_workers(options: Options) -> list[Row]:
    """The supervisor would end a worker of its own that shows no sign of life; the one beside it is nobody's."""
    chance = Random(options.seed)
    stops = max(1, options.kills // 100)
    with trading(options, "stopped-worker") as ground, beside(ground.platform, "worker2", *WORKER) as second:
        in_flight = [_stop_once(ground, second, chance) for _ in range(stops)]
        note = f"{BEYOND_LEASE_SECONDS:.0f} s each; {sum(in_flight)} bots were in its hands"
        return [ground.judge("SIGSTOP of a worker past its leases", stops, note)]


def _stop_once(ground: Ground, second: "subprocess.Popen[bytes]", chance: Random) -> int:
    """Stop it with bots in its hands, let them be taken over, wake it up; how many it had."""
    until(lambda: _held_by(ground.platform, second.pid), WARM_UP_SECONDS)
    time.sleep(chance.uniform(LEAST_GAP_SECONDS, LONGEST_GAP_SECONDS))
    for _ in range(200):
        second.send_signal(signal.SIGSTOP)
        if held := _held_by(ground.platform, second.pid):
            break
        second.send_signal(signal.SIGCONT)
        time.sleep(chance.uniform(0.01, 0.1))
    time.sleep(BEYOND_LEASE_SECONDS)
    second.send_signal(signal.SIGCONT)
    time.sleep(AWAKE_SECONDS)
    say(f"stopped_worker: {held} bots in its hands, {ground.describe()}")
    return held


def _held_by(platform: Platform, pid: int) -> int:
    """How many bots this process holds now."""
    rows, now = ask(platform, "SELECT holder, lease_until FROM trades_lease"), time.time()
    return sum(row["holder"].endswith(f":{pid}") and unix_time(row["lease_until"]) > now for row in rows)


def add_beat(options: Options) -> list[Row]:
    """Both ask for the due bots every second; each run is claimed once."""
    arguments = ("beat", "--pidfile=", "--schedule")
    with trading(options, "two-beats") as ground:
        schedule = str(ground.platform.data_dir / "run" / "beat2-schedule")
        with beside(ground.platform, "beat2", *arguments, schedule) as second:
            seconds = min(options.kills, LONGEST_WATCH_SECONDS)
            before, began = count_runs(ground.platform), time.monotonic()
            time.sleep(seconds)
            share = (count_runs(ground.platform) - before) / (time.monotonic() - began) / ground.count_bots()
            assert second.poll() is None, "the second beat has ended"
        note = f"{seconds} s, {share:.2f} runs for each bot and second that it should run"
        return [ground.judge("a second beat", seconds, note)]


def count_runs(platform: Platform) -> float:
    """Runs that were begun, as `/metrics` counts them."""
    text = requests.get(f"{platform.api_url}/metrics", timeout=10).text
    names = ("runs", "runs_failed", "runs_late", "runs_overlapping")
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return sum(float(lines.get(f"cardume_{name}_total", 0)) for name in names)


SCENARIOS = (
    Scenario(
        "stopped_worker",
        "SIGSTOP of a worker past its leases, another takes over, SIGCONT; N/100",
        stop_workers,
    ),
    Scenario("two_beats", "a second beat for N seconds, two minutes at most", add_beat),
)
