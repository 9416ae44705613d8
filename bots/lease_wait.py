"""Changing what a run relies on: hold the bot's lease, so that no run of it is under way or begins."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from saas.errors import Conflict
from trades import lease

PATIENCE_SECONDS = 3.0
PAUSE_SECONDS = 0.05


@contextmanager
def hold_still(bot_id: int, now: datetime) -> Iterator[None]:
    """Raises Conflict if a run of the bot does not end within some seconds."""
    held = _take(bot_id, now)
    try:
        yield
    finally:
        lease.release(held)


def _take(bot_id: int, now: datetime) -> lease.Held:
    waited = 0.0
    while waited <= PATIENCE_SECONDS:
        held = lease.take(bot_id, now + timedelta(seconds=waited))
        if held is not None:
            return held
        time.sleep(PAUSE_SECONDS)
        waited += PAUSE_SECONDS
    raise Conflict(_("A run of the bot is under way; try again in a moment."), code="bot_busy")
