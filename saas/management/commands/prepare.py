"""Brings the database, the static files and the operator's account to where this version needs them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

# Any number that nobody else's locks in this database have.
LOCK = 6_327_364_001


class Command(BaseCommand):
    help = "Migrate, collect the static files, and make the operator's account where there is none."
    # Everything else waits for this command, and loads none of what the other checks load.
    requires_system_checks = (Tags.security,)

    def handle(self, *_args: Any, **_options: Any) -> None:
        with alone_in_database():
            call_command("migrate", interactive=False, verbosity=1, skip_checks=True)
            call_command("claim_database")
            call_command("create_operator", skip_checks=True)
        call_command("collectstatic", interactive=False, verbosity=1, skip_checks=True)


@contextmanager
def alone_in_database() -> Iterator[None]:
    """Hosts that start together prepare it one after the other. SQLite has one host, and one supervisor there."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
