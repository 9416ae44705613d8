"""An exchange that tells the truth late: orders and fills that do not show yet, and a clock of its own."""

from functools import partial
from typing import Any

from tests.chaos.report import Row
from tests.chaos.rig.drills.answers import BOTH, LONG_SECONDS, Rule, Trouble, reticent, suffer_each
from tests.chaos.rig.lab import FILLS, PLACE, QUERY, Lab

SKEWS = (2, 7, 60)


def show_late(lab: Lab, count: int) -> list[Row]:
    """An order counts as not found only at the third look; until then, a late one may appear."""
    troubles = {
        "fills show late": Trouble(partial(_show_fills_late, lab)),
        "order shows late": Trouble(partial(_show_order_late, lab, "missing")),
        "order told as new": Trouble(partial(_show_order_late, lab, "new")),
        "fills come one after the other": Trouble(partial(_fill_in_parts, lab)),
        "the exchange's clock is off": Trouble(partial(_skew, lab)),
    }
    return suffer_each(lab, troubles, count)


def _rule(lab: Lab, endpoint: str, kind: str, count: int, **options: Any) -> Rule:
    return {"kind": kind, "endpoint": lab.endpoint(endpoint), "count": count, **options}


def _show_fills_late(lab: Lab) -> list[Rule]:
    endpoint = lab.random.choice((FILLS, QUERY))
    return [reticent(lab), _rule(lab, endpoint, "late", lab.random.randint(1, 4), seconds=LONG_SECONDS)]


def _show_order_late(lab: Lab, show: str) -> list[Rule]:
    """It was placed or not; the answer was lost in any case."""
    lost = _rule(lab, PLACE, "drop", 1, when=lab.random.choice(BOTH))
    times = lab.random.randint(1, 2)
    return [lost, _rule(lab, QUERY, "stale", times, seconds=LONG_SECONDS, show=show)]


def _fill_in_parts(lab: Lab) -> list[Rule]:
    return [_rule(lab, PLACE, "defer", 1, seconds=lab.random.choice((0.1, 0.4)), parts=3)]


def _skew(lab: Lab) -> list[Rule]:
    """It checks signatures by it, and dates orders; the times of fills are compared to the last digit and stay right."""
    direction, seconds = lab.random.choice(("ahead", "behind")), lab.random.choice(SKEWS)
    skews = (
        _rule(lab, endpoint, "skew", count, seconds=seconds, direction=direction)
        for endpoint, count in ((PLACE, 1), (QUERY, 2))
    )
    return [reticent(lab), *skews]
