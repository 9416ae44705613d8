"""Runs every process of one machine until it is told to stop. `manage.py up` itself takes a shorter way there."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from saas.supervisor.start import main


class Command(BaseCommand):
    help = "Start Redis, the paper exchange, web, worker, beat, market data and dashboard, and keep them running."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        sys.exit(main())
