"""Runs the market data process until SIGTERM or SIGINT."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from exchanges.gateway import prepare_clients
from exchanges.market_data.service import MarketDataService


class Command(BaseCommand):
    help = "Keeps the shared snapshot of every market that somebody watches."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        leaving = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: leaving.set())
        prepare_clients(settings.EXCHANGES)
        MarketDataService().run(leaving)
