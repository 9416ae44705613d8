from django.urls import include, path
from rest_framework.routers import SimpleRouter

from users import (
    schema,  # noqa: F401 - registers what the schema has to be told; background processes are 20 MB smaller without it
    views,
)
from users.key_views import ExchangeKeyViewSet

router = SimpleRouter()
router.register("exchange-keys", ExchangeKeyViewSet, basename="exchange-key")

urlpatterns = [
    path("auth/register/", views.RegisterView.as_view(), name="register"),
    path("auth/token/", views.TokenView.as_view(), name="token"),
    path("auth/token/refresh/", views.TokenRefreshView.as_view(), name="token-refresh"),
    path("auth/token/logout/", views.LogoutView.as_view(), name="token-logout"),
    path("auth/password-reset/", views.PasswordResetView.as_view(), name="password-reset"),
    path(
        "auth/password-reset/confirm/",
        views.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    path("users/me/", views.MeView.as_view(), name="me"),
    path("users/me/password/", views.PasswordView.as_view(), name="me-password"),
    path("users/me/log-out-everywhere/", views.LogOutEverywhereView.as_view(), name="me-log-out-everywhere"),
    path("", include(router.urls)),
]
