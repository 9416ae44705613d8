"""The addresses of trades, orders and the portfolio, below /api/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from trades.api import OrderViewSet, PortfolioView, TradeExportViewSet, TradeViewSet

router = SimpleRouter()
router.register("trades", TradeViewSet, basename="trade")
router.register("orders", OrderViewSet, basename="order")

urlpatterns = [
    path("trades/export.csv", TradeExportViewSet.as_view({"get": "list"}), name="trade-export"),
    path("portfolio/", PortfolioView.as_view(), name="portfolio"),
    path("", include(router.urls)),
]
