"""The drills that a zygote can be asked for, by name: each takes a lab and a count and answers rows."""

from collections.abc import Callable

from tests.chaos.report import Row
from tests.chaos.rig.drills import answers, moments, points, races, recovery, sabotage, sights, stopped
from tests.chaos.rig.lab import Lab

Drill = Callable[[Lab, int], list[Row]]

DRILLS: dict[str, Drill] = {
    "crash-points": points.at_each_point,
    "database-at-c": points.without_database,
    "recovery-points": recovery.kill_recovery_at_each_point,
    "recovery-twice": recovery.kill_twice,
    "adoption": recovery.kill_adoption,
    "cancelling": recovery.kill_cancelling,
    "revoked-key": recovery.revoke_key,
    "stopped": stopped.stop_past_the_lease,
    "every-line": moments.at_every_line,
    "kill-moments": moments.at_random_moments,
    "ambiguous-answers": answers.answer_ambiguously,
    "garbled-bodies": answers.garble_bodies,
    "cancel-races": races.cancel_against_fill,
    "confused-fills": races.confuse_fills,
    "late-sights": sights.show_late,
    "limits": answers.limit_requests,
    "clock-skew": answers.skew_clock,
    "sabotage": sabotage.make_mistakes,
}
