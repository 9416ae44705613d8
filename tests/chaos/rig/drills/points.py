"""A kill at each named point of placing an order, for entries and exits; the database gone at the point that hurts most."""

from functools import partial

from tests.chaos.report import Row
from tests.chaos.rig import children, work
from tests.chaos.rig.crash_points import DATABASE_AT_C, PLACING, Arm
from tests.chaos.rig.lab import Lab, Subject
from tests.chaos.rig.trial import killed_at, repeat_each


def at_each_point(lab: Lab, count: int) -> list[Row]:
    faults = {f"killed: {name}": partial(_die, lab, arm) for name, arm in PLACING.items()}
    return repeat_each(lab, faults, count)


def _die(lab: Lab, arm: Arm, subject: Subject) -> bool:
    return killed_at(arm, partial(work.run_bot, lab, subject))


def without_database(lab: Lab, count: int) -> list[Row]:
    """The database fails while the exchange's answer is recorded; nobody is killed."""
    faults = {name: partial(_fail, lab, arm) for name, arm in DATABASE_AT_C.items()}
    return repeat_each(lab, faults, count)


def _fail(lab: Lab, arm: Arm, subject: Subject) -> bool:
    def run_armed() -> bool:
        arm()
        return not work.run_bot(lab, subject)

    return bool(children.run(run_armed))
