"""The site's lower half, and views that fail in every way there is."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from saas.errors import Conflict

handler400 = "saas.error_views.bad_request"
handler403 = "saas.error_views.permission_denied"
handler404 = "saas.error_views.not_found"
handler500 = "saas.error_views.server_error"

SECRET = "canary-secret-9f3a"


class NestedForm(serializers.Serializer[Any]):
    window = serializers.IntegerField(min_value=2)


class Form(serializers.Serializer[Any]):
    name = serializers.CharField()
    parameters = NestedForm()
    symbols = serializers.ListField(child=serializers.CharField(max_length=5))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["name"] == "odd":
            raise serializers.ValidationError("odd as a whole")
        return attrs


class FormView(APIView):
    schema = None
    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        form = Form(data=request.data)
        form.is_valid(raise_exception=True)
        return Response({"language": gettext("Yes")})

    def get(self, request: Request) -> Response:
        match request.query_params["raise"]:
            case "conflict":
                raise Conflict(code="too_late")
            case "denied":
                raise PermissionDenied
            case "suspicious":
                raise SuspiciousOperation(SECRET)
            case _:
                raise RuntimeError(f"password={SECRET}")


class WhoView(APIView):
    schema = None

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.pk, "yes": gettext("Yes")})


def plain_crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("plain")


def plain_denied(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def plain_suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


def plain_form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("users.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/form/", FormView.as_view()),
    path("api/who/", WhoView.as_view()),
    path("api/crash/", plain_crash),
    path("api/denied/", plain_denied),
    path("api/suspicious/", plain_suspicious),
    path("api/csrf/", plain_form),
    path("crash/", plain_crash),
    path("exempt/", csrf_exempt(plain_form)),
]
