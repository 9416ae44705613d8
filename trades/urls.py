"""The addresses of trades, orders, the portfolio and what halts entries, below /api/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from trades.api import OrderViewSet, PerformanceView, PortfolioView, TradeExportViewSet, TradeViewSet
from trades.halt_api import HaltAccountView, HaltsView, ResumeAccountView

router = SimpleRouter()
router.register("trades", TradeViewSet, basename="trade")
router.register("orders", OrderViewSet, basename="order")

urlpatterns = [
    path("trades/export.csv", TradeExportViewSet.as_view({"get": "list"}), name="trade-export"),
    path("halts/", HaltsView.as_view(), name="halts"),
    path("users/me/halt/", HaltAccountView.as_view(), name="me-halt"),
    path("users/me/resume/", ResumeAccountView.as_view(), name="me-resume"),
    path("portfolio/", PortfolioView.as_view(), name="portfolio"),
    path("performance/", PerformanceView.as_view(), name="performance"),
    path("", include(router.urls)),
]
