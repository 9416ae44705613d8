"""The one place where an exception becomes an answer: `{"code", "detail", "fields"?}`."""

import secrets
from collections.abc import Iterator
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, UnreadablePostError
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from saas.errors import AppError, Forbidden, Invalid, TooLarge, error_body

log = structlog.get_logger(__name__)

SERVER_ERROR = _("Something went wrong on our side. The error has been logged.")
MALFORMED = _("The request could not be read: it is not valid JSON.")


def handle_exception(error: Exception, context: dict[str, Any]) -> Response:
    """Answer any exception of an API view; what nobody foresaw is logged with an id and answered with 500."""
    response = _answer(_as_api_error(error), context)
    # The request log has its status; Django would log each 5xx once more, without the id.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _answer(error: Exception, context: dict[str, Any]) -> Response:
    if isinstance(error, AppError):
        set_rollback()
        body = error_body(error.code, error.detail, error.fields)
        return Response(body, status=error.http_status, headers=error.headers())
    if isinstance(error, exceptions.APIException):
        set_rollback()
        return Response(_body(error), status=error.status_code, headers=_headers(error))
    return _answer_unforeseen(error, context)


def new_error_id() -> str:
    return secrets.token_hex(6)


def server_error_body(error_id: str) -> dict[str, Any]:
    return {**error_body("server_error", SERVER_ERROR), "error_id": error_id}


def _as_api_error(error: Exception) -> Exception:
    """Django's own errors in our terms; everything else as it is."""
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return Forbidden()
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, exceptions.ParseError | SuspiciousOperation | UnreadablePostError):
        return Invalid(MALFORMED, code="malformed")
    return error


def _body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return validation_body(error.detail)
    if isinstance(error.detail, dict):
        # simplejwt puts its code and text into a dictionary.
        return error_body(str(error.detail.get("code", error.default_code)), error.detail.get("detail", ""))
    return error_body(str(getattr(error.detail, "code", error.default_code)), error.detail)


def validation_body(detail: Any) -> dict[str, Any]:
    """A serializer's errors with nested fields joined by dots; what concerns no single field is the detail."""
    fields: dict[str, list[Any]] = {}
    for name, message in _flatten(detail, ""):
        fields.setdefault(name, []).append(message)
    general = fields.get(api_settings.NON_FIELD_ERRORS_KEY)
    return error_body(Invalid.code, general[0] if general else Invalid.detail, fields)


def _flatten(detail: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flatten(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _flatten(inner, f"{path}.{position}" if nested and path else path)
    else:
        yield path or api_settings.NON_FIELD_ERRORS_KEY, detail


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    return headers


def _answer_unforeseen(error: Exception, context: dict[str, Any]) -> Response:
    set_rollback()
    error_id = new_error_id()
    view = context.get("view")
    log.error("unhandled error", error_id=error_id, view=type(view).__name__, exc_info=error)
    # As Django does for its own views, so that whoever watches for errors (and a test client) still sees them.
    request = getattr(context.get("request"), "_request", None)
    got_request_exception.send(sender=type(view), request=request)
    return Response(server_error_body(error_id), status=500)
