"""Cancels that race against fills, and lists of fills that come late, twice or out of order."""

import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from random import Random

from tests.chaos.checker import Findings
from tests.chaos.report import Row
from tests.chaos.rig import work
from tests.chaos.rig.drills.answers import Rule, Trouble, reticent, suffer_each
from tests.chaos.rig.lab import CANCEL, FILLS, PLACE, Lab, Subject, make_row
from tests.chaos.rig.trial import batches, in_parallel

LONGEST_WAIT_SECONDS = 1.2
WIDTH = 10
HALF = 0.5
FOREVER_SECONDS = 3_000


def cancel_against_fill(lab: Lab, count: int) -> list[Row]:
    """The exchange fills an order at about the moment at which it is asked to cancel it."""
    found: list[Findings] = []
    statuses: Counter[str] = Counter()
    for batch in batches(lab, count):
        lab.set_faults((subject, _hold_back(lab)) for subject in batch.subjects)
        seen = in_parallel(lab, batch.subjects, partial(_cancel_soon, lab, lab.random.random()), WIDTH)
        statuses.update(status for some in seen for status in some)
        found += batch.settle_and_judge()
    ended = ", ".join(f"{statuses[status]} {status.lower()}" for status in sorted(statuses))
    return [make_row("cancel against fill", count, found, f"{lab.exchange}: {ended}")]


def _hold_back(lab: Lab) -> list[Rule]:
    """Either time decides who wins, or a share is filled just before the cancel."""
    place = {"kind": "defer", "endpoint": lab.endpoint(PLACE), "count": 1}
    if lab.random.random() < HALF:
        seconds = round(lab.random.uniform(0, LONGEST_WAIT_SECONDS), 3)
        return [{**place, "seconds": seconds, "parts": lab.random.choice((1, 3))}]
    share = lab.random.choice(("1", "0.5", "0.1"))
    race = {"kind": "race", "share": share, "endpoint": lab.endpoint(CANCEL), "count": 1}
    return [{**place, "seconds": FOREVER_SECONDS}, race]


def _cancel_soon(lab: Lab, seed: float, subjects: Sequence[Subject]) -> list[str]:
    """Place, ask to cancel, and let recovery do it at some moment; what the orders were then."""
    chance = Random(f"{seed} {subjects[0].bot_id}")
    seen = []
    for subject in subjects:
        lab.publish()
        work.run_bot(lab, subject)
        work.ask_to_cancel(lab, subject)
        time.sleep(chance.uniform(0, LONGEST_WAIT_SECONDS))
        work.recover(lab, subject)
        seen.append(work.last_status(subject))
    return seen


def confuse_fills(lab: Lab, count: int) -> list[Row]:
    """The list of an order's fills names each twice, in any order."""
    return suffer_each(lab, {"fills named twice or out of order": Trouble(partial(_confuse, lab))}, count)


def _confuse(lab: Lab) -> list[Rule]:
    twice = lab.random.random() < HALF
    shuffle = not twice or lab.random.random() < HALF
    rule = {"kind": "rows", "twice": twice, "shuffle": shuffle, "endpoint": lab.endpoint(FILLS)}
    return [reticent(lab), {**rule, "count": 4}]
