"""What can be asked of a market, and the shapes of the answers."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from exchanges.api_errors import answer_exchange_errors
from exchanges.domain import Environment, Instrument, Venue
from exchanges.environments import paper_url
from exchanges.errors import RequestRefused
from exchanges.instruments import UnknownSymbol, find_instrument
from exchanges.timeframes import TIMEFRAME_SECONDS, supported_timeframes
from saas.api import AmountField

MAX_CANDLES = 1_000


class VenueQuery(serializers.Serializer[Any]):
    """`?exchange=&environment=`; `validated_data["venue"]` is the Venue."""

    exchange = serializers.CharField(max_length=20)
    environment = serializers.ChoiceField(choices=[environment.value for environment in Environment])

    def validate_exchange(self, value: str) -> str:
        if value not in settings.EXCHANGES:
            raise serializers.ValidationError(_("This exchange is not supported."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        venue = Venue(attrs["exchange"], Environment(attrs["environment"]))
        if venue.environment == Environment.PAPER:
            _require_paper(venue.exchange)
        return {**attrs, "venue": venue}


class CandlesQuery(VenueQuery):
    symbol = serializers.CharField(max_length=30)
    timeframe = serializers.ChoiceField(choices=list(TIMEFRAME_SECONDS))
    limit = serializers.IntegerField(min_value=1, max_value=MAX_CANDLES, default=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs["timeframe"] not in supported_timeframes(attrs["exchange"]):
            message = _("This exchange has no candles of this length.")
            raise serializers.ValidationError({"timeframe": [message]})
        return {**attrs, "symbol": _find(attrs["venue"], attrs["symbol"]).symbol}


class InstrumentSerializer(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    base = serializers.CharField()
    quote = serializers.CharField()
    tick_size = AmountField()
    lot_size = AmountField()
    min_quantity = AmountField()
    min_notional = AmountField()
    last_price = AmountField(allow_null=True)


class MarketsSerializer(serializers.Serializer[Any]):
    exchange = serializers.CharField()
    environment = serializers.CharField()
    simulated = serializers.BooleanField()
    instruments = InstrumentSerializer(many=True)


class CandleSerializer(serializers.Serializer[Any]):
    open_time = serializers.DateTimeField()
    open = AmountField()
    high = AmountField()
    low = AmountField()
    close = AmountField()
    volume = AmountField()


def _require_paper(exchange: str) -> None:
    try:
        paper_url(exchange)
    except RequestRefused:
        message = _("This exchange has no paper trading.")
        raise serializers.ValidationError({"environment": [message]}) from None


def _find(venue: Venue, text: str) -> Instrument:
    with answer_exchange_errors():
        try:
            return find_instrument(venue, text)
        except UnknownSymbol:
            raise serializers.ValidationError({"symbol": [_("This exchange has no such symbol.")]}) from None
