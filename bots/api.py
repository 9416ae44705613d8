"""A user's bots: their configuration, starting and stopping, and what they decided and lived through."""

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bots import charting, close_all, previewing, selectors, services
from bots.chart_serializers import (
    ChartQuery,
    ChartSerializer,
    PreviewRequest,
    PreviewSerializer,
    WaitingListSerializer,
    describe_chart,
    describe_preview,
    describe_waiting,
)
from bots.filters import BotFilter
from bots.models import BotConfiguration
from bots.next_levels import find_waiting
from bots.serializers import (
    BotSerializer,
    DecisionPageSerializer,
    DecisionQuery,
    DecisionSerializer,
    EventSerializer,
    SalesSerializer,
    StrategySerializer,
)
from bots.strategies import STRATEGIES
from saas.api import OwnedModelViewSet
from saas.clock import utc_now
from trades import halting
from trades.halt_api import HaltRequest, read_reason
from users.models import User


class StrategiesView(APIView):
    """Every strategy with its parameters, their bounds and their words in the reader's language."""

    pagination_class = None

    @extend_schema(responses=StrategySerializer(many=True))
    def get(self, _request: Request) -> Response:
        return Response(StrategySerializer(STRATEGIES.values(), many=True).data)


class BotViewSet(OwnedModelViewSet):
    queryset = selectors.current_bots().select_related("exchange_key")
    serializer_class = BotSerializer
    filterset_class = BotFilter
    ordering_fields = ["name", "created_at", "status"]

    def list(self, *_args: Any, **_kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self._show(page or []))

    def retrieve(self, *_args: Any, **_kwargs: Any) -> Response:
        return Response(self._show_one(self.get_object()))

    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        bot = services.create_bot(self._user(), serializer.validated_data, utc_now())
        return Response(self._show_one(bot), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        bot = self.get_object()
        serializer = self.get_serializer(bot, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return Response(self._show_one(services.update_bot(bot, serializer.validated_data, utc_now())))

    def destroy(self, *_args: Any, **_kwargs: Any) -> Response:
        services.delete_bot(self.get_object(), utc_now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=BotSerializer)
    @action(detail=True, methods=["post"])
    def start(self, *_args: Any, **_kwargs: Any) -> Response:
        """Run it from now on. 409 unless its exchange key is checked and valid."""
        return Response(self._show_one(services.start_bot(self.get_object(), utc_now())))

    @extend_schema(request=None, responses=BotSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, *_args: Any, **_kwargs: Any) -> Response:
        """No further run. Open trades stay held and their exits are not watched until it is started again."""
        return Response(self._show_one(services.stop_bot(self.get_object(), utc_now())))

    @extend_schema(request=None, responses={202: BotSerializer})
    @action(detail=True, methods=["post"], url_path="close-all")
    def close_all(self, *_args: Any, **_kwargs: Any) -> Response:
        """Sell what every open trade holds at the next run, enter nothing new, and stop when all are closed."""
        bot = services.request_close_all(self.get_object(), utc_now())
        return Response(self._show_one(bot), status=status.HTTP_202_ACCEPTED)

    @extend_schema(operation_id="bots_close_all_of_mine", request=None, responses={202: SalesSerializer})
    @action(detail=False, methods=["post"], url_path="close-all", pagination_class=None, filterset_class=None)
    def close_everything(self, *_args: Any, **_kwargs: Any) -> Response:
        """Ask every bot that holds something to sell it and stop, and say of each what came of it."""
        sales = close_all.request_all(self._user(), utc_now())
        return Response(SalesSerializer({"results": sales}).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=HaltRequest, responses=BotSerializer)
    @action(detail=True, methods=["post"])
    def halt(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Stop its new entries, at its next tick at the latest. Exits go on, and the bot keeps running."""
        bot = self.get_object()
        halting.halt_as_owner(halting.bot_target(bot), self._user(), read_reason(request), utc_now())
        return Response(self._show_one(bot))

    @extend_schema(request=None, responses=BotSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, *_args: Any, **_kwargs: Any) -> Response:
        """Lift its owner's halt. 409 where the operator set it."""
        bot = self.get_object()
        halting.resume_as_owner(halting.bot_target(bot))
        return Response(self._show_one(bot))

    @extend_schema(parameters=[DecisionQuery], responses=DecisionPageSerializer)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None, filter_backends=[])
    def decisions(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """What the last looks at the market decided for each symbol and why, the newest first."""
        bot = self.get_object()
        query = DecisionQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        found = selectors.last_decisions(bot, asked["limit"], asked.get("symbol"), utc_now())
        results = DecisionSerializer(found, many=True).data
        return Response({"count": len(results), "next": None, "previous": None, "results": results})

    @extend_schema(parameters=[ChartQuery], responses=ChartSerializer)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None, filter_backends=[])
    def chart(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """All that the bot's chart draws: candles with the rule's levels, its orders, its open trade's exits."""
        bot = self.get_object()
        query = ChartQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(describe_chart(charting.draw(bot, **query.validated_data, now=utc_now())))

    @extend_schema(responses=WaitingListSerializer)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None, filter_backends=[])
    def levels(self, *_args: Any, **_kwargs: Any) -> Response:
        """What the bot waits for now: where it buys or sells next in each symbol, and how far away that is."""
        return Response(describe_waiting(*find_waiting(self.get_object())))

    @extend_schema(request=PreviewRequest, responses=PreviewSerializer)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def preview(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Where a bot of this configuration would have bought and sold in the last day. Nothing is stored or ordered."""
        asked = PreviewRequest(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        symbol = values.pop("symbol", None)
        return Response(describe_preview(previewing.preview(self._user(), values, symbol, utc_now())))

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, filter_backends=[])
    def events(self, *_args: Any, **_kwargs: Any) -> Response:
        """What mattered in the bot's life, the newest first."""
        events: QuerySet[Any] = self.get_object().events.all()
        page = self.paginate_queryset(events)
        return self.get_paginated_response(EventSerializer(page, many=True).data)

    def _user(self) -> User:
        return cast("User", self.request.user)

    def _show_one(self, bot: BotConfiguration) -> Any:
        return self._show([bot])[0]

    def _show(self, bots: Sequence[BotConfiguration]) -> Any:
        figures = selectors.figures_of(self._user(), bots, utc_now())
        context = {**self.get_serializer_context(), "figures": figures}
        return BotSerializer(bots, many=True, context=context).data
