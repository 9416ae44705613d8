"""Errors that a user is told about. Services raise them; `exception_handler` turns them into JSON.

AppError
├── Invalid          400   a request that says something impossible; `fields` says which field and why
├── Unauthenticated  401   the log-in, the token or the password is not right
├── Forbidden        403   known, and not allowed
├── Conflict         409   right in itself, but not in the present state; `code` says which
├── TooLarge         413   more bytes than a request may have
├── ExchangeSaidNo   502   an exchange understood and refused
├── Unavailable      503   a part of Cardume that is needed for it does not answer
└── ExchangeDown     503   an exchange cannot be asked now; `retry_after` seconds may be known

Details are lazy texts, so that they are answered in the language of whoever asked. None holds a secret.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
Fields = Mapping[str, Sequence[Text]]


class AppError(Exception):
    """Root. `code` is for programs, `detail` for people, `fields` maps a field's name to its messages."""

    http_status = 400
    code = "error"
    detail: Text = _("The request could not be carried out.")

    def __init__(
        self, detail: Text | None = None, *, code: str | None = None, fields: Fields | None = None
    ) -> None:
        self.detail = detail if detail is not None else type(self).detail
        self.code = code or type(self).code
        self.fields = fields
        super().__init__(self.code)

    def headers(self) -> dict[str, str]:
        return {}


class Invalid(AppError):
    code = "invalid"
    detail = _("Some of what was sent is not valid.")


class Unauthenticated(AppError):
    http_status = 401
    code = "not_authenticated"
    detail = _("Sign in first.")

    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="api"'}


class Forbidden(AppError):
    http_status = 403
    code = "permission_denied"
    detail = _("You may not do this.")


class Conflict(AppError):
    http_status = 409
    code = "conflict"
    detail = _("This cannot be done in the present state.")


class TooLarge(AppError):
    http_status = 413
    code = "too_large"
    detail = _("The request is too large.")


class Unavailable(AppError):
    http_status = 503
    code = "unavailable"
    detail = _("This is not possible at the moment. Try again in a minute.")


class ExchangeSaidNo(AppError):
    http_status = 502
    code = "exchange_refused"
    detail = _("The exchange refused the request.")


class ExchangeDown(AppError):
    http_status = 503
    code = "exchange_unavailable"
    detail = _("The exchange does not answer at the moment. Try again later.")

    def __init__(
        self, detail: Text | None = None, *, code: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after

    def headers(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"Retry-After": str(max(1, round(self.retry_after)))}


def error_body(code: str, detail: Any, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The one shape of every error's JSON, its lazy texts rendered in the active language."""
    body: dict[str, Any] = {"code": code, "detail": str(detail)}
    if fields is not None:
        body["fields"] = {name: [str(message) for message in messages] for name, messages in fields.items()}
    return body
