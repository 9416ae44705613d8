"""Exchange keys over HTTP."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exchanges.credentials import Credentials
from exchanges.domain import Environment, Venue
from saas.api import OwnedModelViewSet
from saas.clock import utc_now
from saas.throttling import ExchangeCheckThrottle
from users import keys
from users.key_serializers import KeyLabelSerializer, KeySerializer, NewKeySerializer, NewPaperKeySerializer
from users.models import ExchangeAPIKey, User


class ExchangeKeyViewSet(OwnedModelViewSet):
    """The signed-in user's exchange keys. Secrets go in and never come out."""

    queryset = ExchangeAPIKey.objects.filter(deleted_at=None)
    serializer_class = KeySerializer

    @extend_schema(request=NewKeySerializer, responses={201: KeySerializer})
    def create(self, request: Request, *_: Any, **__: Any) -> Response:
        form = NewKeySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        venue = Venue(data["exchange"], Environment(data["environment"]))
        credentials = Credentials(data["api_key"], data["secret_key"], data["passphrase"])
        key = keys.add_key(self._user(), venue, data["label"], credentials, utc_now())
        return self._answer(key, status.HTTP_201_CREATED)

    @extend_schema(request=KeyLabelSerializer, responses={200: KeySerializer})
    def partial_update(self, request: Request, *_: Any, **__: Any) -> Response:
        key = self.get_object()
        form = KeyLabelSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        keys.rename_key(key, form.validated_data["label"])
        return self._answer(key)

    def perform_destroy(self, instance: ExchangeAPIKey) -> None:
        keys.delete_key(instance, utc_now())

    @extend_schema(request=None, responses={200: KeySerializer})
    @action(detail=True, methods=["post"], throttle_classes=[ExchangeCheckThrottle])
    def check(self, *_: Any, **__: Any) -> Response:
        return self._answer(keys.check_key(self.get_object(), utc_now()))

    @extend_schema(request=NewPaperKeySerializer, responses={201: KeySerializer})
    @action(detail=False, methods=["post"], throttle_classes=[ExchangeCheckThrottle])
    def paper(self, request: Request) -> Response:
        form = NewPaperKeySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        key = keys.open_paper_key(self._user(), data["exchange"], data["label"], utc_now())
        return self._answer(key, status.HTTP_201_CREATED)

    def _user(self) -> User:
        return cast("User", self.request.user)

    def _answer(self, key: ExchangeAPIKey, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(key).data, status=code)
