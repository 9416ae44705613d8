"""An exchange that answers nothing, late, or nonsense; orders are placed by the real engine, and nobody is killed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from exchanges import gateway
from tests.chaos.checker import Findings
from tests.chaos.report import Row
from tests.chaos.rig import children, work
from tests.chaos.rig.lab import FILLS, PLACE, QUERY, Lab, Subject, make_row
from tests.chaos.rig.trial import batches, in_parallel

Rule = Mapping[str, Any]
Act = Callable[[Lab, Sequence[Subject]], Any]
WIDTH = 4
# Longer than any trial; what limits such a rule is how often it fires.
LONG_SECONDS = 3_000
SHORT_TIMEOUT, LONG_ANSWER = 0.4, 0.8
BOTH = ("before", "after")
LATE = "no answer in time"

# What happens to the request that places an order; with `when`, half of them before it is executed and half after.
AMBIGUOUS: dict[str, Sequence[Rule]] = {
    "connection cut without an answer": [{"kind": "drop", "when": when} for when in BOTH],
    "HTTP 500": [{"kind": "status", "status": 500, "when": when} for when in BOTH],
    "HTTP 502": [{"kind": "status", "status": 502, "when": when, "html": True} for when in BOTH],
    "HTTP 503": [{"kind": "status", "status": 503, "when": when} for when in BOTH],
    "HTTP 504": [{"kind": "status", "status": 504, "when": when} for when in BOTH],
    LATE: [{"kind": "delay", "seconds": LONG_ANSWER, "when": when} for when in BOTH],
    "half an answer": [{"kind": "half"}],
}
FORMS = (
    *("empty", "truncated", "html", "garbled", "object", "array", "null", "shape", "other"),
    *("id_empty", "id_null", "id_zero", "id_missing"),
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an exchange does to one account: `choose` makes its rules, `act` is what our side does meanwhile."""

    choose: Callable[[], Sequence[Rule]]
    act: Act = work.run_bots


def suffer_each(lab: Lab, troubles: Mapping[str, Trouble], count: int) -> list[Row]:
    """Each trouble `count` times, on accounts of their own in batches that are shared; then recovery and the checker."""
    found: dict[str, list[Findings]] = {name: [] for name in troubles}
    trials = [name for _ in range(count) for name in troubles]
    for batch in batches(lab, len(trials)):
        names = [trials.pop() for _ in batch.subjects]
        lab.set_faults(zip(batch.subjects, (troubles[name].choose() for name in names), strict=True))
        for name in dict.fromkeys(names):
            chosen = [one for one, its in zip(batch.subjects, names, strict=True) if its == name]
            in_parallel(lab, chosen, partial(troubles[name].act, lab), WIDTH)
        for name, findings in zip(names, batch.settle_and_judge(), strict=True):
            found[name].append(findings)
    return [make_row(name, count, found[name]) for name in troubles]


def answer_ambiguously(lab: Lab, count: int) -> list[Row]:
    troubles = {
        f"placing: {name}": Trouble(partial(_choose_one, lab, rules), _act_for(name))
        for name, rules in AMBIGUOUS.items()
    }
    return suffer_each(lab, troubles, count)


def _choose_one(lab: Lab, rules: Sequence[Rule]) -> list[Rule]:
    return [{**lab.random.choice(rules), "endpoint": lab.endpoint(PLACE), "count": 1}]


def _act_for(name: str) -> Act:
    return _run_impatiently if name == LATE else work.run_bots


def _run_impatiently(lab: Lab, subjects: Sequence[Subject]) -> None:
    gateway.TIMEOUT_SECONDS = SHORT_TIMEOUT  # type: ignore[assignment]
    work.run_bots(lab, subjects)


def garble_bodies(lab: Lab, count: int) -> list[Row]:
    """A status of 200, and nonsense for a body: of the acknowledgement, of the order, of its fills."""
    troubles = {
        f"garbled answer: {endpoint}": Trouble(partial(_garble, lab, endpoint))
        for endpoint in (PLACE, QUERY, FILLS)
    }
    return suffer_each(lab, troubles, count)


def _garble(lab: Lab, endpoint: str) -> list[Rule]:
    times = 1 if endpoint == PLACE else lab.random.randint(1, 3)
    chosen = {"kind": "body", "body": lab.random.choice(FORMS), "endpoint": lab.endpoint(endpoint)}
    return [*([] if endpoint == PLACE else [reticent(lab)]), {**chosen, "count": times}]


def reticent(lab: Lab) -> Rule:
    """An acknowledgement that tells of no fill, so that they have to be asked for; some exchanges give no other."""
    return {"kind": "late", "endpoint": lab.endpoint(PLACE), "count": 1, "seconds": LONG_SECONDS}


def limit_requests(lab: Lab, count: int) -> list[Row]:
    """HTTP 429 and 418, for the order or for the questions about it."""
    found: list[Findings] = []

    for batch in batches(lab, count):
        lab.set_faults((subject, [reticent(lab), _limit(lab)]) for subject in batch.subjects)
        children.run(partial(_run_one_by_one, lab, batch.subjects))
        found += batch.settle_and_judge()
    return [make_row("too many requests (429, 418, 403, in a good answer)", count, found)]


def _limit(lab: Lab) -> Rule:
    endpoint = lab.endpoint(lab.random.choice((PLACE, QUERY, FILLS)))
    status = lab.random.choice((429, 418, 403, 200))
    return {"kind": "limit", "status": status, "endpoint": endpoint, "count": 1, "retry_after": 1}


def _run_one_by_one(lab: Lab, subjects: Sequence[Subject]) -> None:
    """Whoever is limited keeps everybody from asking, and the next account is another trial."""
    for subject in subjects:
        work.forget_cooldowns()
        work.run_bots(lab, [subject])


def skew_clock(lab: Lab, count: int) -> list[Row]:
    """Our clock is off by more than a signature may be, for one run."""
    found: list[Findings] = []
    for batch in batches(lab, count):
        in_parallel(lab, batch.subjects, partial(_run_skewed, lab), WIDTH)
        found += batch.settle_and_judge()
    return [make_row("our clock is off", count, found)]


def _run_skewed(lab: Lab, subjects: Sequence[Subject]) -> None:
    from ccxt.base.exchange import Exchange

    exact = Exchange.milliseconds
    for number, subject in enumerate(subjects):
        off = (-60_000, -6_000, 3_000, 60_000)[number % 4]
        Exchange.milliseconds = staticmethod(lambda off=off: exact() + off)
        work.run_bots(lab, [subject])
