"""The order sweeper's tasks."""

from celery import shared_task

from saas.clock import utc_now
from trades import sweeper


@shared_task(name="trades.tasks.recover_orders", expires=5)
def recover_orders() -> None:
    """Every 5 s: one message for each bot with orders to ask about, so that no exchange delays another's."""
    for bot_id in sweeper.bots_to_recover(utc_now()):
        recover_bot_orders.apply_async((bot_id,), expires=5, queue="recovery")


@shared_task(name="trades.tasks.recover_bot_orders")
def recover_bot_orders(bot_id: int) -> None:
    sweeper.recover_bot(bot_id, utc_now)
