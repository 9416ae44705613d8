"""Kills that know nothing of the code: at each line of ours that a run comes to, and at random moments of the clock."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import CodeType, FrameType
from typing import Any

from saas.environment import ROOT
from tests.chaos.report import Row
from tests.chaos.rig import children, work
from tests.chaos.rig.crash_points import PLACING
from tests.chaos.rig.lab import Lab, Subject, make_row
from tests.chaos.rig.trial import ENTRY, EXIT, Batch, killed_at, repeat

OWN_FOLDERS = tuple(str(ROOT / name) + "/" for name in ("trades", "bots", "exchanges", "users", "saas"))
STEPS = "line"


class LineCounter:
    """Counts the lines of our code that are about to be run, and dies before the n-th."""

    def __init__(self, dies_at: int | None = None) -> None:
        self._dies_at = dies_at
        self._ours: dict[CodeType, bool] = {}
        self.lines: list[tuple[str, int]] = []
        self.count = 0

    def start(self) -> None:
        sys.settrace(self._enter)

    def stop(self) -> None:
        sys.settrace(None)

    def _enter(self, frame: FrameType, _: str, __: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        ours = self._ours.get(code)
        if ours is None:
            ours = self._ours[code] = code.co_filename.startswith(OWN_FOLDERS)
        return self._step if ours else None

    def _step(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == STEPS:
            self.count += 1
            if self._dies_at is None:
                self.lines.append((frame.f_code.co_filename, frame.f_lineno))
            elif self.count == self._dies_at:
                children.die()
        return self._step


def _count_lines(act: Callable[[], Any]) -> list[tuple[str, int]]:
    counter = LineCounter()
    counter.start()
    act()
    counter.stop()
    return counter.lines


def at_every_line(lab: Lab, count: int) -> list[Row]:
    """Placing an entry, placing an exit, and recovering one of each."""
    return [
        _at_lines(lab, "placing an entry", count, ENTRY, _do_nothing, work.run_bot),
        _at_lines(lab, "placing an exit", count, EXIT, _do_nothing, work.run_bot),
        _at_lines(lab, "recovering an entry", count, ENTRY, _leave_in_doubt, work.recover),
        _at_lines(lab, "recovering an exit", count, EXIT, _leave_in_doubt, work.recover),
    ]


def _do_nothing(lab: Lab, subject: Subject) -> None:
    del lab, subject


def _leave_in_doubt(lab: Lab, subject: Subject) -> None:
    killed_at(PLACING["accepted, no answer read"], partial(work.run_bot, lab, subject))


def _at_lines(
    lab: Lab,
    what: str,
    count: int,
    leg: str,
    prepare: Callable[[Lab, Subject], Any],
    act: Callable[[Lab, Subject], Any],
) -> Row:
    first = Batch(lab, 1, leg)
    prepare(lab, first.subjects[0])
    lines = children.run(partial(_count_lines, partial(act, lab, first.subjects[0])))
    found = first.settle_and_judge()
    steps = _choose_steps(lab, lines, count)
    for start in range(0, len(steps), 100):
        chosen = steps[start : start + 100]
        batch = Batch(lab, len(chosen), leg)
        for subject, step in zip(batch.subjects, chosen, strict=True):
            lab.publish()
            prepare(lab, subject)
            killed_at(LineCounter(step).start, partial(act, lab, subject))
        found += batch.settle_and_judge()
    distinct = len({tuple(line) for line in lines})
    note = f"{lab.exchange}: {len(lines)} steps over {distinct} lines"
    return make_row(f"killed at any line: {what}", len(steps), found, note)


def _choose_steps(lab: Lab, lines: Sequence[Sequence[Any]], count: int) -> list[int]:
    """This bench's share of the steps: all of them if `count` allows, else each line's first and others at random."""
    place, benches = lab.part
    mine = range(place + 1, len(lines) + 1, benches)
    if len(mine) <= count:
        return list(mine)
    seen: dict[tuple[Any, ...], int] = {}
    for step in mine:
        seen.setdefault(tuple(lines[step - 1]), step)
    chosen = lab.random.sample(sorted(seen.values()), min(count, len(seen)))
    others = sorted(set(mine) - set(chosen))
    return chosen + lab.random.sample(others, count - len(chosen))


def at_random_moments(lab: Lab, count: int) -> list[Row]:
    """The parent's clock decides, within the time that an undisturbed run takes. Half entries, half exits."""
    kills = 0
    lasts = _time_run(lab)

    def suffer(subject: Subject) -> bool:
        nonlocal kills
        child = children.Child(partial(work.run_bot, lab, subject))
        time.sleep(lab.random.uniform(0, lasts))
        child.kill()
        kills += child.wait().killed
        return True

    row = repeat(lab, "killed at random moments of a run", count, suffer)
    return [replace(row, repetitions=kills, note=f"{lab.exchange}: {count - kills} runs had ended before")]


def _time_run(lab: Lab) -> float:
    """Seconds; the median of some."""
    subjects = Batch(lab, 5, ENTRY).subjects
    lasted = []
    for subject in subjects:
        began = time.monotonic()
        children.run(partial(work.run_bot, lab, subject))
        lasted.append(time.monotonic() - began)
    return sorted(lasted)[2]
