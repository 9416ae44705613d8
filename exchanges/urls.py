"""The market's addresses, below /api/."""

from django.urls import path

from exchanges.api import CandlesView, MarketsView

urlpatterns = [
    path("markets/", MarketsView.as_view(), name="markets"),
    path("candles/", CandlesView.as_view(), name="candles"),
]
