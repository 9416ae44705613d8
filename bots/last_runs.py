"""When bots last ran: noted in the process and written once a second, one UPDATE for all."""

import threading
import time
from datetime import datetime, timedelta

from django.db.models import Q

from bots.models import BotConfiguration
from saas.clock import EPOCH
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
        self._noted_at = EPOCH
        self._written_at = time.monotonic() - WRITE_SECONDS

    def note(self, bot_id: int, now: datetime) -> None:
        with self._lock:
            if time.monotonic() - self._written_at < WRITE_SECONDS:
                self._bots.add(bot_id)
                self._noted_at = now
                return
            waiting, noted_at = self._bots, self._noted_at
            self._bots, self._written_at = set(), time.monotonic()
        with one_writer():
            if now - noted_at >= timedelta(seconds=WRITE_SECONDS):
                # They waited long for somebody to write them; another process may have run them since.
                older = Q(last_run_at=None) | Q(last_run_at__lt=noted_at)
                BotConfiguration.objects.filter(older, pk__in=waiting).update(last_run_at=noted_at)
                waiting = set()
            BotConfiguration.objects.filter(pk__in={*waiting, bot_id}).update(last_run_at=now)


last_runs = LastRuns()
