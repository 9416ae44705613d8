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
from saas.supervisor.programs import WORKER_QUEUES, consumer_arguments
from tests.chaos.ground import Ground, trading, until
from tests.chaos.own_database import ask, can_write, count_orders
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
IN_FLIGHT = """
    SELECT lease.holder FROM trades_order placed JOIN trades_lease lease ON lease.bot_id = placed.bot_id
    WHERE placed.status = 'SENDING' AND placed.lease_token = lease.token
"""
NAME = "worker-beside"
WORKER = ("worker", *consumer_arguments(NAME, WORKER_QUEUES, 16))


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
    with trading(options, "stopped-worker") as ground, beside(ground.platform, NAME, *WORKER) as second:
        sending = [_stop_once(ground, second, chance) for _ in range(stops)]
        note = f"{BEYOND_LEASE_SECONDS:.0f} s each; {sum(sending)} orders were in flight"
        return [ground.judge("SIGSTOP of a worker past its leases", stops, note)]


def _stop_once(ground: Ground, second: "subprocess.Popen[bytes]", chance: Random) -> int:
    """Stop it with orders in flight, let its bots be taken over, wake it up; how many there were."""
    time.sleep(chance.uniform(LEAST_GAP_SECONDS, LONGEST_GAP_SECONDS))
    until(lambda: _stop_now(ground, second, chance), WARM_UP_SECONDS)
    sending, before = _in_flight(ground.platform, second.pid), count_orders(ground.platform)
    time.sleep(BEYOND_LEASE_SECONDS)
    orders = count_orders(ground.platform) - before
    second.send_signal(signal.SIGCONT)
    say(f"stopped_worker: {sending} orders in flight, {orders} orders meanwhile, {ground.describe()}")
    time.sleep(AWAKE_SECONDS)
    return sending


def _stop_now(ground: Ground, second: "subprocess.Popen[bytes]", chance: Random) -> bool:
    """False, the worker going on, if it had no order in flight, or had the whole database: then nobody could take over."""
    time.sleep(chance.uniform(0.01, 0.05))
    second.send_signal(signal.SIGSTOP)
    if _in_flight(ground.platform, second.pid) and can_write(ground.platform):
        return True
    second.send_signal(signal.SIGCONT)
    return False


def _in_flight(platform: Platform, pid: int) -> int:
    """How many orders this process is sending now, their bots' leases in its hands."""
    rows = ask(platform, IN_FLIGHT)
    return sum(row["holder"].endswith(f":{pid}") for row in rows)


def add_beat(options: Options) -> list[Row]:
    """Both ask for the due bots every second; each run is claimed once."""
    arguments = ("beat", "--pidfile=", "--schedule")
    with trading(options, "two-beats") as ground:
        schedule = str(ground.platform.data_dir / "run" / "beat2-schedule")
        with beside(ground.platform, "beat-beside", *arguments, schedule) as second:
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
        "stopped-worker",
        "SIGSTOP of a worker past its leases, another takes over, SIGCONT; N/100",
        stop_workers,
    ),
    Scenario("two-beats", "a second beat for N seconds, two minutes at most", add_beat),
)
