"""A process is stopped (SIGSTOP) around the signature; its lease runs out, somebody else takes over, and it wakes up."""

import os
import signal
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from tests.chaos.checker import Findings
from tests.chaos.report import Row
from tests.chaos.rig import children, work
from tests.chaos.rig.crash_points import SENDING, Arm, OrderWire, after, before
from tests.chaos.rig.lab import Lab, Subject, make_row
from tests.chaos.rig.trial import Batch, batches, describe_misses

# A signature is good for five seconds of the exchange's own clock, which nobody moves.
SIGNATURE_SECONDS = 5.5
AT_ONCE = 40


def stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _stop_before_writing(original: Any, _: Any, data: Any) -> None:
    stop()
    original(data)


def stop_past_the_lease(lab: Lab, count: int) -> list[Row]:
    """Stopped before the look at the deadline, between it and the signature, and with the signature in hand."""
    dialect = f"exchanges.dialects.{lab.exchange}:{lab.exchange.capitalize()}Dialect.send_order"
    points: dict[str, Arm] = {
        "before the look at the deadline": after(SENDING, stop),
        "after the look at the deadline": before(dialect, stop),
        "signed, nothing written": OrderWire(headers=_stop_before_writing),
    }
    return [_stop_at(lab, name, arm, count) for name, arm in points.items()]


def _stop_at(lab: Lab, name: str, arm: Arm, count: int) -> Row:
    found: list[Findings] = []
    misses = 0
    for batch in batches(lab, count, size=AT_ONCE):
        misses += len(batch.subjects) - _stop_all(lab, batch, arm)
        found += batch.settle_and_judge()
    return make_row(f"stopped past the lease: {name}", count, found, describe_misses(misses))


def _stop_all(lab: Lab, batch: Batch, arm: Arm) -> int:
    """While they sleep their orders are recovered and their bots go on; how many slept."""
    sleeping = _fall_asleep(lab, batch.subjects, arm)
    asleep_since = time.monotonic()
    batch.settle()
    batch.run_bots()
    time.sleep(max(0, SIGNATURE_SECONDS - (time.monotonic() - asleep_since)))
    for child in sleeping:
        child.resume()
    for child in sleeping:
        child.wait()
    return len(sleeping)


def _fall_asleep(lab: Lab, subjects: Sequence[Subject], arm: Arm) -> list[children.Child]:
    def run_armed(subject: Subject) -> None:
        arm()
        work.run_bot(lab, subject)

    lab.publish()
    started = [children.Child(partial(run_armed, subject)) for subject in subjects]
    return [child for child in started if child.wait_stopped()]
