"""The market's side of the API: what can be traded at what price, and the candles behind the charts."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchanges.api_errors import answer_exchange_errors
from exchanges.domain import Environment, Instrument, Ticker, Venue
from exchanges.instruments import get_instruments
from exchanges.market_data.charts import fetch_chart_candles
from exchanges.market_data.snapshot import read_snapshot
from exchanges.paper_accounts import has_simulated_prices
from exchanges.rate_budget import Purpose, asking
from exchanges.serializers import (
    CandleSerializer,
    CandlesQuery,
    MarketsSerializer,
    VenueQuery,
)


class MarketsView(APIView):
    """The instruments of an exchange that can be traded now, with their last prices where they are known."""

    permission_classes = [IsAuthenticated]

    @extend_schema(parameters=[VenueQuery], responses=MarketsSerializer)
    def get(self, request: Request) -> Response:
        query = VenueQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(MarketsSerializer(describe_market(query.validated_data["venue"])).data)


class CandlesView(APIView):
    """Candles, oldest first; the newest one may still be forming."""

    permission_classes = [IsAuthenticated]

    @extend_schema(parameters=[CandlesQuery], responses=CandleSerializer(many=True))
    def get(self, request: Request) -> Response:
        query = CandlesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        with answer_exchange_errors(), asking(Purpose.VIEW, request.user.pk):
            candles = fetch_chart_candles(asked["venue"], asked["symbol"], asked["timeframe"], asked["limit"])
        return Response(CandleSerializer(candles, many=True).data)


def describe_market(venue: Venue) -> dict[str, Any]:
    with answer_exchange_errors():
        instruments = get_instruments(venue)
    snapshot = read_snapshot(venue)
    tickers = snapshot.tickers if snapshot else {}
    return {
        "exchange": venue.exchange,
        "environment": venue.environment.value,
        "simulated": snapshot.simulated if snapshot else is_simulated(venue),
        "instruments": [
            _with_price(instruments[symbol], tickers)
            for symbol in sorted(instruments)
            if instruments[symbol].active
        ],
    }


def is_simulated(venue: Venue) -> bool:
    return venue.environment == Environment.PAPER and has_simulated_prices(venue.exchange)


def _with_price(instrument: Instrument, tickers: Mapping[str, Ticker]) -> dict[str, Any]:
    ticker = tickers.get(instrument.symbol)
    return {**asdict(instrument), "last_price": ticker.last if ticker else None}
