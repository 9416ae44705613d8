"""Which quiet looks this process has taken, and what they saw: noted in memory, written to the tick log twice a second.

A look that nothing comes of costs a note of three numbers. Looks at the same snapshot share one entry of the log. What was
noted and not written when the process ends or Redis is away is lost, and nobody claims that those looks took place.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bots import tick_log
from bots.seen import see
from bots.ticks import Looks, Need, OneLook
from exchanges.market_data.snapshot import Snapshot
from saas.clock import from_microseconds, to_microseconds

WRITE_SECONDS = 0.5

Later = Callable[[float, Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look was taken at: every change of a bot up to `known_until` was known; `needs` are the venue's."""

    snapshot: Snapshot
    known_until: datetime
    needs: Sequence[Need]


@dataclass(frozen=True, slots=True)
class _Batch:
    seen: Seen
    looks: list[OneLook] = field(default_factory=list)


def in_background(seconds: float, action: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()


class LookNotes:
    """Any thread may note a look; the first after a write sees to the next one."""

    def __init__(self, later: Later = in_background) -> None:
        self.later = later
        self._lock = threading.Lock()
        self._batches: dict[tuple[int, datetime], _Batch] = {}

    def note(self, seen: Seen, bot_id: int, due_at: datetime, at: datetime) -> None:
        look = OneLook(bot_id, to_microseconds(due_at), to_microseconds(at))
        # A snapshot is one object for as long as it stands, and the batch holds it.
        name = (id(seen.snapshot), seen.known_until)
        with self._lock:
            is_first = not self._batches
            if name not in self._batches:
                self._batches[name] = _Batch(seen)
            self._batches[name].looks.append(look)
        if is_first:
            self.later(WRITE_SECONDS, self.write)

    def write(self) -> None:
        """Put what was noted into the log."""
        with self._lock:
            batches, self._batches = self._batches, {}
        for batch in batches.values():
            _record(batch)

    def forget(self) -> None:
        """Drop what was not written, for a test that begins with nothing noted."""
        self._batches = {}


def _record(batch: _Batch) -> None:
    seen, moments = batch.seen, [look.at for look in batch.looks]
    since, at = from_microseconds(min(moments)), from_microseconds(max(moments))
    tick = see(seen.snapshot, seen.needs, since, at, seen.known_until, Looks.of(batch.looks))
    tick_log.record(seen.snapshot.venue, tick)


look_notes = LookNotes()
