"""How Celery gets back to a Redis that was away.

kombu waits 2, 4, 6 … 30 s between its tries, and every second of it after Redis is back is one without trading.
"""

from typing import Any

import kombu
from celery.app.amqp import AMQP

PAUSE_SECONDS = 1.0


class Connection(kombu.Connection):
    """Looks every second whether Redis is back."""

    def ensure_connection(self, *args: Any, **options: Any) -> Any:
        pauses = {"interval_start": PAUSE_SECONDS, "interval_step": 0, "interval_max": PAUSE_SECONDS}
        return super().ensure_connection(*args, **{**pauses, **options})


class Broker(AMQP):
    """Celery's AMQP with these connections."""

    Connection = Connection
