from types import SimpleNamespace
from typing import Any

import pytest

from trades import tasks


def consumer_of(*queues: str) -> Any:
    """What Celery's signal tells of a worker that is ready."""
    consumed = SimpleNamespace(consume_from=dict.fromkeys(queues))
    return SimpleNamespace(app=SimpleNamespace(amqp=SimpleNamespace(queues=consumed)))


@pytest.mark.parametrize(("queues", "times"), [(("recovery", "bots"), 1), (("dispatch", "canary.1"), 0)])
def test_who_recovers_orders_does_so_at_its_start_and_the_dispatcher_does_not(
    queues: tuple[str, ...], times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(tasks, "prepare_clients", lambda _: done.append("clients"))
    monkeypatch.setattr(tasks.recover_orders, "apply_async", lambda **_: done.append("orders"))
    tasks.recover_at_start(consumer_of(*queues))
    assert done == ["clients", "orders"] * times
