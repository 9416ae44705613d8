"""The project's addresses, and what they are measured against: the least that Django can answer."""

from django.http import HttpRequest, JsonResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from saas.urls import handler400, handler403, handler404, handler500
from saas.urls import urlpatterns as project_urls

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

ANSWER = {"status": "ok"}


def answer(_request: HttpRequest) -> JsonResponse:
    """Behind the same middleware as everything; who asks is not looked at."""
    return JsonResponse(ANSWER)


class SignedIn(APIView):
    """Behind the same authentication and the same throttle as every call of the API as well."""

    def get(self, _request: Request) -> Response:
        return Response(ANSWER)


urlpatterns = [path("bare", answer), path("bare/signed-in", SignedIn.as_view()), *project_urls]
