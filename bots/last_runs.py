"""When bots last ran: noted in the process and written once a second, one UPDATE for all."""

import threading
import time
from datetime import datetime

from bots.models import BotConfiguration
from saas.one_writer import one_writer

WRITE_SECONDS = 1.0


class LastRuns:
    """Any thread may note a run; whoever notes one when a second is over writes for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Drop what was not written, and write the next at once."""
        self._bots: set[int] = set()
        self._written_at = time.monotonic() - WRITE_SECONDS

    def note(self, bot_id: int, now: datetime) -> None:
        with self._lock:
            self._bots.add(bot_id)
            if time.monotonic() - self._written_at < WRITE_SECONDS:
                return
            bots, self._bots, self._written_at = self._bots, set(), time.monotonic()
        with one_writer():
            BotConfiguration.objects.filter(pk__in=bots).update(last_run_at=now)


last_runs = LastRuns()
