"""An exchange that answers nothing, late, or nonsense; orders are placed by the real engine, and nobody is killed."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from exchanges import gateway
from tests.chaos.checker import Findings
from tests.chaos.report import Row
from tests.chaos.rig import children, work
from tests.chaos.rig.lab import FILLS, PLACE, QUERY, Lab, Subject, make_row
from tests.chaos.rig.trial import batches, in_parallel

Rule = Mapping[str, Any]
WIDTH = 4
SHORT_TIMEOUT, LONG_ANSWER = 0.4, 0.8
BOTH = ("before", "after")

# What happens to the request that places an order; with `when`, half of them before it is executed and half after.
AMBIGUOUS: dict[str, Sequence[Rule]] = {
    "connection cut without an answer": [{"kind": "drop", "when": when} for when in BOTH],
    "HTTP 500": [{"kind": "status", "status": 500, "when": when} for when in BOTH],
    "HTTP 502": [{"kind": "status", "status": 502, "when": when, "html": True} for when in BOTH],
    "HTTP 503": [{"kind": "status", "status": 503, "when": when} for when in BOTH],
    "HTTP 504": [{"kind": "status", "status": 504, "when": when} for when in BOTH],
    "no answer in time": [{"kind": "delay", "seconds": LONG_ANSWER, "when": when} for when in BOTH],
    "half an answer": [{"kind": "half"}],
}
FORMS = (
    *("empty", "truncated", "html", "garbled", "object", "array", "null", "shape"),
    *("id_empty", "id_null", "id_zero", "id_missing"),
)


def answer_ambiguously(lab: Lab, count: int) -> list[Row]:
    return [_answer(lab, name, rules, count) for name, rules in AMBIGUOUS.items()]


def _answer(lab: Lab, name: str, rules: Sequence[Rule], count: int) -> Row:
    def choose() -> list[Rule]:
        return [{**lab.random.choice(rules), "endpoint": lab.endpoint(PLACE), "count": 1}]

    act = _run_impatiently if name == "no answer in time" else work.run_bots
    return suffer_rules(lab, f"placing: {name}", count, choose, act)


def _run_impatiently(lab: Lab, subjects: Sequence[Subject]) -> None:
    gateway.TIMEOUT_SECONDS = SHORT_TIMEOUT  # type: ignore[assignment]
    work.run_bots(lab, subjects)


def suffer_rules(
    lab: Lab,
    fault: str,
    count: int,
    choose: Callable[[], Sequence[Rule]],
    act: Callable[[Lab, Sequence[Subject]], Any] = work.run_bots,
) -> Row:
    """Every account gets rules of its own, and its bot a run; then recovery and the checker."""
    found: list[Findings] = []
    for batch in batches(lab, count):
        lab.set_faults(batch.subjects, choose)
        in_parallel(lab, batch.subjects, partial(act, lab), WIDTH)
        found += batch.settle_and_judge()
    return make_row(fault, count, found)


def garble_bodies(lab: Lab, count: int) -> list[Row]:
    """A status of 200, and nonsense for a body: of the acknowledgement, of the order, of its fills."""
    return [_garble(lab, endpoint, count) for endpoint in (PLACE, QUERY, FILLS)]


def _garble(lab: Lab, endpoint: str, count: int) -> Row:
    def choose() -> list[Rule]:
        times = 1 if endpoint == PLACE else lab.random.randint(1, 3)
        chosen = {"kind": "body", "body": lab.random.choice(FORMS), "endpoint": lab.endpoint(endpoint)}
        return [{**chosen, "count": times}]

    return suffer_rules(lab, f"garbled answer: {endpoint}", count, choose)


def limit_requests(lab: Lab, count: int) -> list[Row]:
    """HTTP 429 and 418, for the order or for the questions about it."""
    found: list[Findings] = []

    def choose() -> list[Rule]:
        endpoint = lab.random.choice((PLACE, QUERY, FILLS))
        status = lab.random.choice((429, 418, 403, 200))
        return [
            {
                "kind": "limit",
                "status": status,
                "endpoint": lab.endpoint(endpoint),
                "count": 1,
                "retry_after": 1,
            }
        ]

    for batch in batches(lab, count):
        lab.set_faults(batch.subjects, choose)
        children.run(partial(_run_one_by_one, lab, batch.subjects))
        found += batch.settle_and_judge()
    return [make_row("too many requests (429, 418, 403, in a good answer)", count, found)]


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
