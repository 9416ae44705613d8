"""The canary's place in Celery: its queue, the ear in the worker's event loop, and the thread that sends."""

import time
from collections.abc import Callable
from typing import Any

from celery import Task, shared_task
from celery.signals import celeryd_after_setup, worker_ready, worker_shutting_down
from celery.worker import state

from saas.canary import TASK, Canary, Pool, Singer

canary = Canary()
_singers: list[Singer] = []


def listen(_task: Any, _app: Any, _consumer: Any) -> Callable[..., None]:
    """Celery's strategy for the canary's messages: what happens in the event loop when one has arrived."""

    def hear(*_: Any) -> None:
        canary.hear()

    return hear


class Heard(Task):  # type: ignore[type-arg]  # the stubs know parameters that the class does not
    """A task whose message is heard and starts nothing."""

    Strategy = "saas.tasks:listen"


@shared_task(name=TASK, base=Heard)
def arrive() -> None:
    """Never run."""


@celeryd_after_setup.connect
def add_queue(instance: Any = None, **_: Any) -> None:
    instance.app.amqp.queues.select_add(canary.queue())


@worker_ready.connect
def start_singing(sender: Any = None, **_: Any) -> None:
    pool = Pool(
        sender.pool.num_processes,
        lambda: len(state.active_requests),
        lambda: state.all_total_count[0],
        time.monotonic(),
    )
    singer = Singer(canary, lambda: pool.is_busy(time.monotonic()))
    _singers.append(singer)
    singer.start()


@worker_shutting_down.connect
def stop_singing(**_: Any) -> None:
    for singer in _singers:
        singer.leave()
