"""Recovery, adoption and cancelling, themselves killed; and a key that is revoked while an order is in doubt."""

from dataclasses import replace
from functools import partial

from tests.chaos.checker import Findings
from tests.chaos.report import Row
from tests.chaos.rig import children, work
from tests.chaos.rig.crash_points import ADOPTING, CANCELLING, PLACING, RECOVERING, Arm
from tests.chaos.rig.lab import PLACE, Lab, Subject, make_row
from tests.chaos.rig.trial import ENTRY, batches, describe_misses, killed_at, repeat, repeat_each

IN_DOUBT = (
    "after B, before the socket",
    "half of the body written",
    "accepted, no answer read",
    "answer unparsed",
    "inside C",
    "after C",
)
FOREVER_SECONDS = 3_000


def kill_twice(lab: Lab, count: int) -> list[Row]:
    """Killed while placing, again within recovery, and again within the recovery after that."""
    kills = 0

    def suffer(subject: Subject) -> bool:
        nonlocal kills
        placing = PLACING[lab.random.choice(IN_DOUBT)]
        killed_at(placing, partial(work.run_bot, lab, subject))
        for point in lab.random.sample(sorted(RECOVERING), 3):
            lab.clock.ahead += lab.random.choice((3, 8, 50))
            kills += killed_at(RECOVERING[point], partial(work.recover, lab, subject))
        return True

    row = repeat(lab, "killed within recovery, up to three times in a row", count, suffer)
    return [replace(row, note=f"{kills} kills within recovery")]


def kill_recovery_at_each_point(lab: Lab, count: int) -> list[Row]:
    faults = {f"recovery killed: {name}": partial(_die_recovering, lab, name) for name in RECOVERING}
    return repeat_each(lab, faults, count)


def _die_recovering(lab: Lab, name: str, subject: Subject) -> bool:
    # What the exchange never got is not found; everything else is.
    never = name in ("inside the change", "after the change")
    placing = PLACING["after B, before the socket" if never else "accepted, no answer read"]
    killed_at(placing, partial(work.run_bot, lab, subject))
    return killed_at(RECOVERING[name], partial(work.recover, lab, subject))


def kill_adoption(lab: Lab, count: int) -> list[Row]:
    """An old backup is restored: orders of ours are at the exchange and not in the ledger; adopting them is killed."""
    return [_adopt(lab, name, arm, count) for name, arm in ADOPTING.items()]


def _adopt(lab: Lab, name: str, arm: Arm, count: int) -> Row:
    found: list[Findings] = []
    misses = 0
    for batch in batches(lab, count, (ENTRY,)):
        for subject in batch.subjects:
            # Leaves a row behind that still names the symbol.
            killed_at(PLACING["after A"], partial(work.run_bot, lab, subject))
        batch.settle()
        batch.run_bots()
        children.run(partial(work.forget_orders, batch.subjects))
        for number, subject in enumerate(batch.subjects):
            # The search of every ten minutes, or the one before a first order.
            look = work.adopt if number % 2 else work.run_bot
            misses += not killed_at(arm, partial(look, lab, subject))
        batch.settle()
        children.run(partial(_adopt_all, lab, batch.subjects))
        found += batch.settle_and_judge()
    return make_row(f"adoption killed: {name}", count, found, describe_misses(misses))


def _adopt_all(lab: Lab, subjects: list[Subject]) -> None:
    for subject in subjects:
        work.adopt(lab, subject)


def kill_cancelling(lab: Lab, count: int) -> list[Row]:
    """The exchange holds an order back; cancelling it is killed before and after the request."""
    return [_cancel(lab, name, arm, count) for name, arm in CANCELLING.items()]


def _cancel(lab: Lab, name: str, arm: Arm, count: int) -> Row:
    found: list[Findings] = []
    misses = 0
    held_back = [{"endpoint": lab.endpoint(PLACE), "kind": "defer", "seconds": FOREVER_SECONDS, "count": 1}]
    for batch in batches(lab, count):
        lab.set_faults((subject, held_back) for subject in batch.subjects)
        batch.run_bots()
        lab.clock.ahead += 5
        for subject in batch.subjects:
            children.run(partial(work.ask_to_cancel, lab, subject))
            misses += not killed_at(arm, partial(work.recover, lab, subject))
        found += batch.settle_and_judge()
    return make_row(f"killed: {name}", count, found, describe_misses(misses))


def revoke_key(lab: Lab, count: int) -> list[Row]:
    """The key is revoked while an order is in doubt, asked about in vain, and given back."""
    found: list[Findings] = []
    for batch in batches(lab, count):
        for subject in batch.subjects:
            lab.publish()
            point = PLACING[lab.random.choice(IN_DOUBT)]
            killed_at(point, partial(work.run_bot, lab, subject))
            lab.control("account", apiKey=subject.api_key, revoked=True)
        children.run(partial(work.settle, lab, batch.subjects))
        for subject in batch.subjects:
            lab.control("account", apiKey=subject.api_key, revoked=False)
        children.run(partial(work.check_keys, lab, batch.subjects))
        found += batch.settle_and_judge()
    return [make_row("key revoked while an order is in doubt", count, found)]
