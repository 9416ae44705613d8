"""Which thread of a worker does what comes next."""

import threading
from collections.abc import Iterator
from concurrent.futures import wait

import pytest
from celery import concurrency

from saas.celery import app
from saas.thread_pool import TaskPool

THREADS = 8
SECONDS = 10


@pytest.fixture
def pool() -> Iterator[TaskPool]:
    made = TaskPool(limit=THREADS)
    yield made
    made.on_stop()


def occupy(pool: TaskPool) -> None:
    """Let every thread begin, and all be idle afterwards."""
    together = threading.Barrier(THREADS)
    wait([pool.executor.submit(together.wait, SECONDS) for _ in range(THREADS)], SECONDS)


def test_one_thing_after_another_is_done_by_few_threads_however_many_there_are(pool: TaskPool) -> None:
    occupy(pool)
    used = {pool.executor.submit(threading.get_ident).result(SECONDS) for _ in range(200)}
    # Who has just given a result may not wait yet when the next task comes.
    assert len(used) <= 2


def test_all_threads_work_at_once_when_there_is_enough_to_do(pool: TaskPool) -> None:
    for _ in range(20):
        occupy(pool)


def test_what_waits_for_a_thread_is_begun_in_the_order_of_its_coming() -> None:
    pool, go, begun = TaskPool(limit=1), threading.Event(), list[int]()
    pool.executor.submit(go.wait, SECONDS)
    waiting = [pool.executor.submit(begun.append, number) for number in range(50)]
    go.set()
    wait(waiting, SECONDS)
    pool.on_stop()
    assert begun == list(range(50))


def test_a_worker_that_is_told_to_use_threads_gets_this_pool() -> None:
    assert app.main == "cardume"
    assert concurrency.get_implementation("threads") is TaskPool


def test_a_pool_that_is_stopped_finishes_what_it_has_begun() -> None:
    pool = TaskPool(limit=2)
    done = [pool.executor.submit(threading.get_ident) for _ in range(20)]
    pool.on_stop()
    assert all(one.done() for one in done)
    with pytest.raises(RuntimeError):
        pool.executor.submit(threading.get_ident)
