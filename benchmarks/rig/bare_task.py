"""A task that does nothing: what the queue, the pool and Celery cost by themselves."""

from celery import shared_task

NAME = "benchmarks.rig.bare_task.do_nothing"


@shared_task(name=NAME, ignore_result=True)
def do_nothing(bot_id: int, due_at: str, seconds_to_begin: float, rank: int) -> None:
    """With the arguments of a run."""
