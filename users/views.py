"""Accounts over HTTP: sign up, tokens, one's own settings."""

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from saas.clock import utc_now
from saas.throttling import (
    CallThrottle,
    LoginAccountThrottle,
    LoginThrottle,
    PasswordResetAccountThrottle,
    PasswordResetThrottle,
    PasswordThrottle,
    RegisterThrottle,
)
from users import accounts, password_reset, tokens
from users.models import User
from users.serializers import (
    PasswordChangeSerializer,
    PasswordResetConfirmSerializer,
    PasswordResetSerializer,
    RefreshSerializer,
    RegisteredSerializer,
    RegisterSerializer,
    SignInSerializer,
    TokenPairSerializer,
    UserSerializer,
)


class PublicView(APIView):
    """Needs no token, and ignores a stale one: it must not stop anybody from signing in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class RegisterView(PublicView):
    throttle_classes = (RegisterThrottle,)

    @extend_schema(request=RegisterSerializer, responses={201: RegisteredSerializer})
    def post(self, request: Request) -> Response:
        form = RegisterSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        user = accounts.register(**form.validated_data, now=utc_now())
        return Response(RegisteredSerializer(user).data, status=status.HTTP_201_CREATED)


class TokenView(PublicView):
    throttle_classes = (LoginThrottle, LoginAccountThrottle)

    @extend_schema(request=SignInSerializer, responses={200: TokenPairSerializer})
    def post(self, request: Request) -> Response:
        form = SignInSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        pair = accounts.sign_in(**form.validated_data, now=utc_now())
        LoginAccountThrottle().forgive(request)
        return Response(TokenPairSerializer(pair).data)


class PasswordResetView(PublicView):
    throttle_classes = (PasswordResetThrottle, PasswordResetAccountThrottle)

    @extend_schema(request=PasswordResetSerializer, responses={202: None})
    def post(self, request: Request) -> Response:
        """Sends a link by e-mail, if an account has this address; the answer is the same if none has."""
        form = PasswordResetSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        password_reset.ask_for_link(form.validated_data["email"])
        return Response(status=status.HTTP_202_ACCEPTED)


class PasswordResetConfirmView(PublicView):
    throttle_classes = (PasswordResetThrottle,)

    @extend_schema(request=PasswordResetConfirmSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Sets the new password with the `uid` and `token` of the link; every token issued before is dead."""
        form = PasswordResetConfirmSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        password_reset.set_password(data["uid"], data["token"], data["new_password"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class TokenRefreshView(PublicView):
    throttle_classes = (CallThrottle,)

    @extend_schema(request=RefreshSerializer, responses={200: TokenPairSerializer})
    def post(self, request: Request) -> Response:
        form = RefreshSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(TokenPairSerializer(tokens.rotate_pair(form.validated_data["refresh"])).data)


class LogoutView(PublicView):
    throttle_classes = (CallThrottle,)

    @extend_schema(request=RefreshSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        form = RefreshSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        tokens.end_refresh(form.validated_data["refresh"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(generics.RetrieveUpdateAPIView[User]):
    serializer_class = UserSerializer
    http_method_names = ["get", "patch", "head", "options"]

    def get_object(self) -> User:
        return cast("User", self.request.user)

    def perform_update(self, serializer: BaseSerializer[User]) -> None:
        accounts.change_settings(self.get_object(), **serializer.validated_data)


class LogOutEverywhereView(APIView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Ends every token of the user, also the one that this call is made with."""
        accounts.log_out_everywhere(cast("User", request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordView(APIView):
    throttle_classes = (PasswordThrottle,)

    @extend_schema(request=PasswordChangeSerializer, responses={200: TokenPairSerializer})
    def post(self, request: Request) -> Response:
        form = PasswordChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        user = cast("User", request.user)
        pair = accounts.change_password(
            user, form.validated_data["current_password"], form.validated_data["new_password"]
        )
        return Response(TokenPairSerializer(pair).data)
