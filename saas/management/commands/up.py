"""Runs every process of one machine until it is told to stop."""

from typing import Any

from django.core.management.base import BaseCommand

from saas.supervisor.ports import Refused
from saas.supervisor.start import run_platform


class Command(BaseCommand):
    help = "Start Redis, the paper exchange, web, worker, beat, market data and dashboard, and keep them running."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            run_platform()
        except Refused as refusal:
            self.stderr.write(str(refusal))
            raise SystemExit(1) from None
