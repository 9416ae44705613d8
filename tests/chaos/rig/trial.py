"""A batch of trials on accounts of their own: prepare, let something go wrong, let recovery work, trade on, and judge."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from tests.chaos.checker import Findings
from tests.chaos.report import Row
from tests.chaos.rig import children, work
from tests.chaos.rig.crash_points import Arm
from tests.chaos.rig.lab import DIP, PEAK, Lab, Subject, make_row

BATCH = 100
ENTRY, EXIT = "entry", "exit"

# Lets an account suffer a fault; whether it came to that.
Suffer = Callable[[Subject], bool]


class Batch:
    """Some accounts whose bots are about to buy, or to sell what they have bought."""

    def __init__(self, lab: Lab, count: int, leg: str) -> None:
        self.lab = lab
        self.leg = leg
        lab.clock.ahead = 0
        lab.control("faults", clear=True)
        self.subjects = _make_subjects(lab, count)
        lab.set_price(DIP)
        if leg == EXIT:
            children.run(partial(work.open_trades, lab, self.subjects))
            lab.set_price(PEAK)

    def settle_and_judge(self) -> list[Findings]:
        """Recovery, one more tick for every bot, recovery again where that is needed; what the checker finds on each."""
        self.settle()
        self.run_bots()
        self.settle()
        return self.lab.judge(self.subjects)

    def settle(self) -> None:
        children.run(partial(work.settle, self.lab, self.subjects))

    def run_bots(self) -> None:
        """One tick of each, undisturbed."""
        self.lab.publish()
        children.run(partial(work.run_bots, self.lab, self.subjects))


def _make_subjects(lab: Lab, count: int) -> list[Subject]:
    accounts = [lab.open_account() for _ in range(count)]
    numbers = children.run(partial(work.make_bots, lab, accounts))
    return [Subject(*account, *pair) for account, pair in zip(accounts, numbers, strict=True)]


def batches(lab: Lab, count: int, legs: Sequence[str] = (ENTRY, EXIT), size: int = BATCH) -> Iterator[Batch]:
    """As many as `count` accounts need, the legs taking equal shares."""
    for leg, share in zip(legs, _shares(lab, count, len(legs)), strict=True):
        for start in range(0, share, size):
            yield Batch(lab, min(size, share - start), leg)


def _shares(lab: Lab, count: int, parts: int) -> list[int]:
    """Equal ones; chance decides who has what is left over."""
    shares = [count // parts + (place < count % parts) for place in range(parts)]
    return lab.random.sample(shares, parts)


def killed_at(arm: Arm, act: Callable[[], Any]) -> bool:
    """Run `act` in a child that is armed; whether it was killed there."""

    def act_armed() -> None:
        arm()
        act()

    return children.Child(act_armed).wait().killed


def repeat(lab: Lab, fault: str, count: int, suffer: Suffer) -> Row:
    """`count` times `suffer` one fault, each on an account of its own."""
    return repeat_each(lab, {fault: suffer}, count)[0]


def repeat_each(lab: Lab, faults: Mapping[str, Suffer], count: int) -> list[Row]:
    """Each of these faults `count` times, all mixed, for entries and exits; a fault that came to nothing is noted."""
    found: dict[str, list[Findings]] = {name: [] for name in faults}
    misses: Counter[str] = Counter()
    for leg, share in zip((ENTRY, EXIT), _shares(lab, count, 2), strict=True):
        trials = [name for name in faults for _ in range(share)]
        for start in range(0, len(trials), BATCH):
            chosen = trials[start : start + BATCH]
            batch = Batch(lab, len(chosen), leg)
            for name, subject in zip(chosen, batch.subjects, strict=True):
                lab.publish()
                misses[name] += not faults[name](subject)
            for name, findings in zip(chosen, batch.settle_and_judge(), strict=True):
                found[name].append(findings)
    return [make_row(name, count, found[name], describe_misses(misses[name])) for name in faults]


def describe_misses(misses: int) -> str:
    return f"{misses} came to nothing" if misses else ""


def in_parallel(
    lab: Lab, subjects: Sequence[Subject], act: Callable[[Sequence[Subject]], Any], width: int
) -> list[Any]:
    """Several children, each with its share of the accounts; what they return."""
    shares = [subjects[place::width] for place in range(min(width, len(subjects)))]
    lab.publish()
    running = [children.Child(partial(act, share)) for share in shares]
    return [child.wait().result for child in running]
