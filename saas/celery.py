"""The Celery application: one set of workers for every user's bots.

The database holds schedules and intents, so a message may be lost or repeated: it expires with its tick, its result
is ignored, and nothing is retried by the queue.
"""

import os
from typing import Any

from celery import Celery, concurrency
from celery.signals import setup_logging
from kombu.exceptions import OperationalError

from saas.broker import Broker
from saas.errors import Unavailable

# Read when a worker is told its pool, which is after this: its `--pool=threads` is ours.
concurrency.ALIASES["threads"] = "saas.thread_pool:TaskPool"  # type: ignore[attr-defined]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")

app = Celery("cardume", amqp=Broker)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["saas", "users", "trades", "bots"])


def send_message(task: str, *arguments: Any, expires: float) -> None:
    """One message for a worker, from whoever answers a request: told soon if it cannot be. Raises Unavailable."""
    options = {**app.conf.broker_transport_options, "max_retries": 0}
    try:
        with app.connection_for_write(transport_options=options) as connection:
            app.send_task(task, arguments, expires=expires, connection=connection, retry=False)
    except OperationalError:
        raise Unavailable from None


@setup_logging.connect
def configure_logging(**_: Any) -> None:
    """Keep the logging that Django configured; Celery would replace it."""
