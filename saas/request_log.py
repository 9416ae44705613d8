"""One line per request, and a clean context around it: threads are reused, and so would their context be."""

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

log = structlog.get_logger(__name__)
QUIET_PATHS = {"/healthz", "/readyz", "/metrics"}


class RequestLogMiddleware:
    """Outermost: logs method, path (never the query string), status, duration and user; probes at DEBUG."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        clear_contextvars()
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            self._write(request, response, time.perf_counter() - started)
        finally:
            clear_contextvars()
            translation.deactivate()
        return response

    def _write(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        self._bind_session_user(request)
        write = log.debug if request.path in QUIET_PATHS else log.info
        write(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
        )

    def _bind_session_user(self, request: HttpRequest) -> None:
        """The admin's user, where the session has been asked for it; a token's user is bound already."""
        user = getattr(request, "_cached_user", None)
        if user is not None and user.is_authenticated and "user" not in get_contextvars():
            bind_contextvars(user=user.pk)
