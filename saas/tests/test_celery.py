"""What Celery must not do to a database connection."""

from django.db import connection

from saas.celery import app


def test_a_worker_keeps_its_sqlite_connection_and_gives_a_pooled_one_back() -> None:
    reused = app.conf.get("CELERY_DB_REUSE_MAX")
    assert bool(reused) is (connection.vendor == "sqlite")
