"""The shapes of bots, their decisions and events. What concerns prices or the account is for `services` to check."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bots.close_all import Outcome
from bots.decisions import Decision
from bots.models import BotConfiguration, BotEvent, BotStatus
from bots.parameters import ParametersInvalid, clean_parameters
from bots.selectors import BotFigures
from bots.strategies import STRATEGIES
from bots.wording import describe_decision, describe_event, describe_pause
from saas.api import AmountField, OwnedRelatedField
from saas.exact_decimal import plain
from trades.halt_api import HaltSerializer
from users.models import Currency, ExchangeAPIKey

LEAST_CAPITAL = Decimal("0.01")
MOST_CAPITAL = 1_000_000_000
LONGEST_INTERVAL = 86_400
MOST_SYMBOLS = 50
LEAST_PERCENT = Decimal("0.01")


class Percent(AmountField):
    """An exit's distance in percent; null is off."""

    def __init__(self, maximum: int, **options: Any) -> None:
        super().__init__(minimum=LEAST_PERCENT, maximum=maximum, allow_null=True, required=False, **options)


class BotSerializer(serializers.ModelSerializer[BotConfiguration]):
    """Context: `figures`, the BotFigures by bot id. What a PATCH leaves out stays, single parameters too."""

    exchange_key = OwnedRelatedField(queryset=ExchangeAPIKey.objects.filter(deleted_at=None))
    symbols = serializers.ListField(
        child=serializers.CharField(max_length=30), min_length=1, max_length=MOST_SYMBOLS
    )
    strategy = serializers.ChoiceField(choices=sorted(STRATEGIES), default="buy_below_average")
    parameters = serializers.DictField(default=dict)
    capital = AmountField(minimum=LEAST_CAPITAL, maximum=MOST_CAPITAL)
    capital_currency = serializers.ChoiceField(choices=Currency.choices, required=False)
    interval_seconds = serializers.IntegerField(min_value=1, max_value=LONGEST_INTERVAL, default=5)
    max_open_trades = serializers.IntegerField(min_value=1, max_value=MOST_SYMBOLS, default=1)
    take_profit_percent = Percent(1_000)
    stop_loss_percent = Percent(99)
    trailing_stop_percent = Percent(99)
    status = serializers.ChoiceField(choices=BotStatus.choices, read_only=True)
    status_reason = serializers.SerializerMethodField()
    open_trades = serializers.SerializerMethodField()
    realised_pnl_display = serializers.SerializerMethodField(
        help_text="With the kind of money that its present key trades with, real or play."
    )
    display_currency = serializers.SerializerMethodField(help_text="What realised_pnl_display is in.")
    simulated = serializers.SerializerMethodField(help_text="Its prices are made up.")
    orders_in_doubt = serializers.SerializerMethodField(
        help_text="Orders of which it is not known yet whether the exchange took them."
    )
    halt = serializers.SerializerMethodField(help_text="The most general thing that forbids its entries now.")
    next_run_at = serializers.SerializerMethodField(help_text="When it looks at the market the next time.")
    last_run_at = serializers.SerializerMethodField(
        help_text="When it last looked at the market, whether or not anything came of it."
    )

    class Meta:
        model = BotConfiguration
        fields = [
            "id",
            "name",
            "exchange_key",
            "symbols",
            "strategy",
            "parameters",
            "capital",
            "capital_currency",
            "interval_seconds",
            "max_open_trades",
            "take_profit_percent",
            "stop_loss_percent",
            "trailing_stop_percent",
            "status",
            "status_reason",
            "closing",
            "next_run_at",
            "last_run_at",
            "open_trades",
            "orders_in_doubt",
            "halt",
            "realised_pnl_display",
            "display_currency",
            "simulated",
            "created_at",
        ]
        read_only_fields = ["id", "closing", "created_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Parameters are those of the strategy and its exchange, whichever of the three the request changes."""
        if self.instance is None:
            attrs.setdefault("capital_currency", self.context["request"].user.display_currency)
        if self.instance is None or attrs.keys() & {"parameters", "strategy", "exchange_key"}:
            attrs["parameters"] = self._clean_parameters(attrs)
        return attrs

    def _clean_parameters(self, attrs: Mapping[str, Any]) -> dict[str, Any]:
        before = self.instance or BotConfiguration(exchange_key=attrs["exchange_key"], strategy="")
        key = attrs.get("exchange_key", before.exchange_key)
        strategy = attrs.get("strategy", before.strategy)
        kept = before.parameters if before.strategy == strategy else {}
        try:
            return clean_parameters(strategy, {**kept, **attrs.get("parameters", {})}, key.exchange)
        except ParametersInvalid as error:
            raise serializers.ValidationError({"parameters": error.errors}) from None

    def get_status_reason(self, bot: BotConfiguration) -> str:
        return describe_pause(bot.pause_code) if bot.pause_code else ""

    def get_open_trades(self, bot: BotConfiguration) -> int:
        return self._figures(bot).open_trades

    @extend_schema_field(AmountField())
    def get_realised_pnl_display(self, bot: BotConfiguration) -> str:
        return plain(self._figures(bot).realised_pnl_display)

    def get_display_currency(self, _bot: BotConfiguration) -> str:
        return str(self.context["request"].user.display_currency)

    def get_simulated(self, bot: BotConfiguration) -> bool:
        return self._figures(bot).simulated

    def get_orders_in_doubt(self, bot: BotConfiguration) -> int:
        return self._figures(bot).orders_in_doubt

    @extend_schema_field(HaltSerializer(allow_null=True))
    def get_halt(self, bot: BotConfiguration) -> Any:
        block = self._figures(bot).halt
        return None if block is None else HaltSerializer(block).data

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_run_at(self, bot: BotConfiguration) -> str | None:
        return _moment(self._figures(bot).next_run_at)

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_last_run_at(self, bot: BotConfiguration) -> str | None:
        return _moment(self._figures(bot).last_run_at)

    def _figures(self, bot: BotConfiguration) -> BotFigures:
        figures: Mapping[int, BotFigures] = self.context["figures"]
        return figures[bot.pk]


def _moment(value: datetime | None) -> str | None:
    return None if value is None else serializers.DateTimeField().to_representation(value)


class DecisionQuery(serializers.Serializer[Any]):
    symbol = serializers.CharField(max_length=30, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=100)


class DecisionSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    symbol = serializers.CharField()
    price = serializers.CharField(allow_null=True)
    average = serializers.CharField(allow_null=True)
    deviation_percent = serializers.CharField(allow_null=True)
    action = serializers.CharField()
    reason = serializers.SerializerMethodField()
    reason_code = serializers.CharField(source="code")

    def get_reason(self, decision: Decision) -> str:
        return describe_decision(decision.code, decision.details)


class DecisionPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = DecisionSerializer(many=True)


class EventSerializer(serializers.ModelSerializer[BotEvent]):
    message = serializers.SerializerMethodField()

    class Meta:
        model = BotEvent
        fields = ["id", "at", "level", "kind", "symbol", "message"]
        read_only_fields = fields

    def get_message(self, event: BotEvent) -> str:
        return describe_event(event.kind, {**event.details, "symbol": event.symbol})


class ParameterSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.CharField()
    default = serializers.SerializerMethodField("read_default")
    minimum = AmountField(allow_null=True)
    maximum = AmountField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()

    @extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}, {"type": "boolean"}]})
    def read_default(self, parameter: Any) -> int | str | bool:
        default: int | str | bool = parameter.default
        return default


class StrategySerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    parameters = ParameterSerializer(many=True)


class SaleSerializer(serializers.Serializer[Any]):
    """What came of asking one bot to sell everything and stop."""

    bot = serializers.IntegerField(source="bot_id")
    name = serializers.CharField()
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in Outcome])
    code = serializers.CharField(help_text="Why it could not be asked; empty otherwise.")
    detail = serializers.CharField()


class SalesSerializer(serializers.Serializer[Any]):
    results = SaleSerializer(many=True)
