"""How Celery's connections behave when Redis is away."""

from typing import Any

import kombu
import pytest
from django.conf import settings

from saas.broker import PAUSE_SECONDS, Connection
from saas.celery import app


def test_a_lost_redis_is_looked_for_every_second_for_as_long_as_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(
        kombu.Connection, "ensure_connection", lambda _self, *_, **options: asked.update(options)
    )
    for connection in (app.connection_for_read(), app.connection_for_write().clone()):
        assert isinstance(connection, Connection)
        connection.ensure_connection(callback=None)
        assert asked["interval_start"] == asked["interval_max"] == PAUSE_SECONDS
        assert asked["interval_step"] == 0
    assert app.conf.broker_connection_max_retries is None


def test_no_wait_for_redis_is_without_an_end() -> None:
    options: dict[str, Any] = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    assert 0 < options["socket_timeout"] <= 5
    assert 0 < options["health_check_interval"] <= 5
