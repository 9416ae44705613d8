"""Errors outside API views: JSON under /api/, Django's own pages elsewhere (the admin is read by people)."""

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from django.views.csrf import csrf_failure as html_csrf_failure

from saas.errors import Forbidden, Text, error_body
from saas.exception_handler import MALFORMED, new_error_id, server_error_body

log = structlog.get_logger(__name__)


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _answer(status: int, code: str, detail: Text) -> JsonResponse:
    return JsonResponse(error_body(code, detail), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _wants_json(request):
        return _answer(400, "malformed", MALFORMED)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _wants_json(request):
        return _answer(403, Forbidden.code, Forbidden.detail)
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _wants_json(request):
        return _answer(404, "not_found", _("Not found."))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Log the exception being handled under the id that the answer carries."""
    error_id = new_error_id()
    log.error("unhandled error", error_id=error_id, exc_info=True)
    if _wants_json(request):
        response: HttpResponse = JsonResponse(server_error_body(error_id), status=500)
    else:
        response = defaults.server_error(request)
    # Django would log the same traceback a second time, without the id.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def csrf_failure(request: HttpRequest, reason: str = "", **options: Any) -> HttpResponseBase:
    if _wants_json(request):
        return _answer(403, "csrf_failed", Forbidden.detail)
    return html_csrf_failure(request, reason=reason, **options)
