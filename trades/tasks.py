"""The order sweeper's tasks."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings

from exchanges.gateway import prepare_clients
from saas.clock import utc_now
from trades import adoption, audit, audit_schedule, coverage, sweeper


@shared_task(name="trades.tasks.recover_orders", expires=5)
def recover_orders() -> None:
    """Every 5 s: one message for each bot with orders to ask about, so that no exchange delays another's."""
    for bot_id in sweeper.bots_to_recover(utc_now()):
        recover_bot_orders.apply_async((bot_id,), expires=5, queue="recovery")


@shared_task(name="trades.tasks.recover_bot_orders")
def recover_bot_orders(bot_id: int) -> None:
    sweeper.recover_bot(bot_id, utc_now)


@shared_task(name="trades.tasks.find_lost_orders", expires=60)
def find_lost_orders() -> None:
    """Every minute for a sixtieth of the keys: is there an order of ours that the ledger does not know?"""
    for key_id in adoption.keys_to_search(utc_now().minute):
        find_lost_orders_of_key.apply_async((key_id,), expires=60, queue="recovery")


@shared_task(name="trades.tasks.find_lost_orders_of_key")
def find_lost_orders_of_key(key_id: int) -> None:
    adoption.adopt_lost_orders(key_id, utc_now)


@shared_task(name="trades.tasks.check_coverage", expires=5)
def check_coverage() -> None:
    """Every 5 s: one message for each account whose turn it is to be compared with what its bots hold."""
    for key_id in coverage.keys_to_look_at(utc_now()):
        check_coverage_of_key.apply_async((key_id,), expires=5, queue="recovery")


@shared_task(name="trades.tasks.check_coverage_of_key")
def check_coverage_of_key(key_id: int) -> None:
    coverage.look_at_key(key_id, utc_now)


@shared_task(name="trades.tasks.audit_ledger", expires=300)
def audit_ledger() -> None:
    """Every five minutes: the keys whose daily audit is due, a few at a time; a message that is lost is due again."""
    for key_id in audit_schedule.keys_to_audit(utc_now()):
        audit_key.apply_async((key_id,), expires=300, queue="recovery")


@shared_task(name="trades.tasks.audit_key")
def audit_key(key_id: int) -> None:
    audit.audit_daily(key_id, utc_now)


@worker_ready.connect
def recover_at_start(sender: Any = None, **_: Any) -> None:
    """What the last worker left behind is looked at before the first sweep would; no order waits for an import.

    Not by the dispatcher, which takes no task that asks an exchange and needs none of the clients' memory.
    """
    if "recovery" not in sender.app.amqp.queues.consume_from:
        return
    prepare_clients(settings.EXCHANGES)
    recover_orders.apply_async(expires=60, queue="recovery")
