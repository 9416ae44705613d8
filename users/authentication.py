"""Who is asking: the access token of a request. The only place besides `tokens` that knows simplejwt."""

from typing import Any, cast

from django.utils import translation
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed as JWTFailure
from structlog.contextvars import bind_contextvars

from users.models import User
from users.tokens import TokenRefused, is_ended


class TokenAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access token>` of an active user who has neither changed the password since nor ended all
    sign-ins.

    From here on the request's texts are in the user's language and its log lines carry the user's id;
    `RequestLogMiddleware` undoes both.
    """

    def authenticate(self, request: Request) -> Any:
        try:
            signed_in = super().authenticate(request)
        except JWTFailure:
            # Its texts exist in English only, and would tell a deleted account from one with a new password.
            raise _refused() from None
        if signed_in is not None:
            user = cast("User", signed_in[0])
            if is_ended(signed_in[1], user):
                raise _refused()
            bind_contextvars(user=user.pk)
            translation.activate(user.language)
        return signed_in


def _refused() -> AuthenticationFailed:
    return AuthenticationFailed(TokenRefused.detail, TokenRefused.code)
