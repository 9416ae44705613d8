"""The operator's log-in page lets nobody guess: so many tries a minute from one address, and no more."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views import View
from rest_framework.request import Request

from saas.throttling import Throttle, client_address

Answer = Callable[..., HttpResponseBase]


class AdminLogInThrottle(Throttle):
    """At the rate of `login-account`: a person types no more than that."""

    scope = "login-account"

    def identify(self, request: Request) -> str | None:
        return f"admin {client_address(request)}"


def limit_tries(log_in: Answer) -> Answer:
    """The view, with a 429 for who has tried too often."""

    @wraps(log_in)
    def answer(request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        throttle = AdminLogInThrottle()
        if request.method == "POST" and not throttle.allow_request(Request(request), View()):
            text = _("Too many tries. Wait a minute and try again.")
            return HttpResponse(text, status=429, headers={"Retry-After": str(int(throttle.wait()))})
        return log_in(request, *args, **options)

    return answer
