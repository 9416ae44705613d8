"""Brings the database, the static files and the operator's account to where this version needs them."""

from typing import Any

from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Migrate, collect the static files, and make the operator's account where there is none."
    # Everything else waits for this command, and loads none of what the other checks load.
    requires_system_checks = (Tags.security,)

    def handle(self, *_args: Any, **_options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=1, skip_checks=True)
        call_command("collectstatic", interactive=False, verbosity=1, skip_checks=True)
        call_command("create_operator", skip_checks=True)
