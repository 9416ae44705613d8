"""The addresses of bots and strategies, below /api/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from bots.api import BotViewSet, StrategiesView

router = SimpleRouter()
router.register("bots", BotViewSet, basename="bot")

urlpatterns = [
    path("strategies/", StrategiesView.as_view(), name="strategies"),
    path("", include(router.urls)),
]
