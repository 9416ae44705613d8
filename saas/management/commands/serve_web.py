"""The web process: waitress serving the REST API, the admin and the health addresses."""

import gc
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any

import waitress
from django.conf import settings
from django.core.management.base import BaseCommand

FORWARDED = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
BODY_BYTES = 1_000_000


class Command(BaseCommand):
    help = "Serve the API on WEB_HOST:WEB_PORT."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        from saas.wsgi import application

        # Loaded before the port is opened: the first requests would otherwise queue up behind the imports.
        import_module(settings.ROOT_URLCONF)
        # And never looked through again for garbage, which would hold up whoever asks just then for a tenth of a second.
        gc.collect()
        gc.freeze()
        signal.signal(signal.SIGTERM, _leave)
        waitress.serve(
            application,
            host=settings.WEB_HOST,
            port=settings.WEB_PORT,
            threads=settings.WEB_THREADS,
            ident=None,
            max_request_body_size=BODY_BYTES,
            asyncore_use_poll=True,  # select() ends at 1,024 connections
            _quiet=True,
            **_proxy(settings.TRUSTED_PROXY),
        )


def _proxy(address: str) -> dict[str, Any]:
    """Only a proxy that is named is believed; without one waitress strips the headers that anybody can send."""
    if not address:
        return {"clear_untrusted_proxy_headers": True}
    return {
        "trusted_proxy": address,
        "trusted_proxy_headers": FORWARDED,
        "clear_untrusted_proxy_headers": True,
    }


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
