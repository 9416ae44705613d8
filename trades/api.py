"""Trades, orders and the portfolio of whoever is signed in. All of it is read only: the ledger alone writes."""

from collections.abc import Iterable
from typing import Any, cast

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from saas.api import OwnedReadOnlyViewSet, OwnedViewSet
from saas.clock import utc_now
from saas.errors import Invalid
from saas.filtering import NamedFilters
from saas.ordering import StrictOrderingFilter
from trades import export, selectors
from trades.filters import OrderFilter, TradeFilter, TradeOrderingFilter
from trades.market_now import MarketNow
from trades.performance_reads import read_performance
from trades.performance_serializers import PerformanceQuery, PerformanceSerializer
from trades.portfolio_reads import read_portfolio
from trades.portfolio_serializers import PortfolioQuery, PortfolioSerializer
from trades.serializers import OrderSerializer, TradeDetailSerializer, TradeSerializer
from users.models import User

EXPORTS = {"trades": export.write_trades, "fills": export.write_fills}
EXPORT_CHUNK = 500


class TradeViewSet(OwnedReadOnlyViewSet):
    queryset = selectors.all_trades()
    serializer_class = TradeSerializer
    filterset_class = TradeFilter
    filter_backends = [NamedFilters, TradeOrderingFilter]
    ordering_fields = ["opened_at", "closed_at", "realised_pnl", "realised_pnl_display"]
    row_columns = selectors.TRADE_COLUMNS

    def get_serializer_context(self) -> dict[str, Any]:
        currency = getattr(self.request.user, "display_currency", "")
        return {**super().get_serializer_context(), "market": MarketNow(utc_now()), "currency": currency}

    def paginate_queryset(self, queryset: Any) -> Any:
        return selectors.trade_rows(super().paginate_queryset(queryset) or [])

    @extend_schema(responses=TradeDetailSerializer)
    def retrieve(self, *_args: Any, **_kwargs: Any) -> Response:
        trade = self.get_object()
        orders = selectors.orders_of(trade)
        context = {**self.get_serializer_context(), "orders": orders, "now": utc_now()}
        return Response(TradeDetailSerializer(trade, context=context).data)


class OrderViewSet(OwnedReadOnlyViewSet):
    queryset = selectors.all_orders()
    serializer_class = OrderSerializer
    filterset_class = OrderFilter
    filter_backends = [NamedFilters, StrictOrderingFilter]
    ordering_fields = ["created_at", "updated_at"]
    row_columns = selectors.ORDER_COLUMNS

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": utc_now()}

    def get_object(self) -> selectors.OrderRow:
        return selectors.order_row(super().get_object())

    def paginate_queryset(self, queryset: Any) -> Any:
        return selectors.order_rows(super().paginate_queryset(queryset) or [])


class IgnoreAccept(BaseContentNegotiation):
    """Whatever a client says it accepts, it gets the file; errors stay JSON."""

    def select_parser(self, _request: Request, parsers: Iterable[Any]) -> Any:
        return next(iter(parsers))

    def select_renderer(
        self, _request: Request, renderers: Iterable[BaseRenderer], _suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class TradeExportViewSet(OwnedViewSet):
    """The trades that the list's filters leave, as a CSV file."""

    queryset = selectors.all_trades()
    filterset_class = TradeFilter
    filter_backends = [NamedFilters, TradeOrderingFilter]
    ordering_fields = TradeViewSet.ordering_fields
    content_negotiation_class = IgnoreAccept
    pagination_class = None

    @extend_schema(
        operation_id="trades_export",
        filters=True,
        parameters=[
            OpenApiParameter("rows", str, enum=list(EXPORTS), description="One row per trade or fill.")
        ],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def list(self, request: Request) -> StreamingHttpResponse:
        write = EXPORTS.get(request.query_params.get("rows", "trades"))
        if write is None:
            raise Invalid(fields={"rows": [" | ".join(EXPORTS)]})
        trades = self.filter_queryset(self.get_queryset())
        lines = write(selectors.trades_with_fills(trades, EXPORT_CHUNK))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="cardume-trades.csv"'
        return answer


class PortfolioView(APIView):
    """Balances, open trades and results, in quote and in the user's currency."""

    @extend_schema(parameters=[PortfolioQuery], responses=PortfolioSerializer)
    def get(self, request: Request) -> Response:
        query = PortfolioQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        user, zone = cast("User", request.user), query.validated_data["timezone"]
        portfolio = read_portfolio(user, query.asked_money(), zone, utc_now())
        context = {"market": portfolio["market"], "currency": portfolio["display_currency"]}
        return Response(PortfolioSerializer(portfolio, context=context).data)


class PerformanceView(APIView):
    """Results of a period by day, week, month, symbol and bot, with statistics, in the user's currency."""

    @extend_schema(parameters=[PerformanceQuery], responses=PerformanceSerializer)
    def get(self, request: Request) -> Response:
        query = PerformanceQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        user = cast("User", request.user)
        performance = read_performance(user, query.asked_money(), query.asked(), utc_now())
        return Response(PerformanceSerializer(performance).data)
