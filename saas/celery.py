"""The Celery application: one set of workers for every user's bots.

The database holds schedules and intents, so a message may be lost or repeated: it expires with its tick, its result
is ignored, and nothing is retried by the queue.
"""

import os
from typing import Any

from celery import Celery, concurrency
from celery.signals import setup_logging

from saas.broker import Broker

# Read when a worker is told its pool, which is after this: its `--pool=threads` is ours.
concurrency.ALIASES["threads"] = "saas.thread_pool:TaskPool"  # type: ignore[attr-defined]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")

app = Celery("cardume", amqp=Broker)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["saas", "users", "trades", "bots"])


@setup_logging.connect
def configure_logging(**_: Any) -> None:
    """Keep the logging that Django configured; Celery would replace it."""
