"""Runs every process of one machine until it is told to stop. `manage.py up` itself takes a shorter way there."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from saas.supervisor.selection import add_only
from saas.supervisor.start import main


class Command(BaseCommand):
    help = (
        "Start every process of this machine, or with --only the ones that are named, and keep them running."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_only(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        sys.exit(main(["--only", options["only"]] if options["only"] is not None else []))
