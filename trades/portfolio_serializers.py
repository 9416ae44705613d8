"""The shape of the portfolio."""

import zoneinfo
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from saas.api import AmountField
from saas.flat_serializer import FlatSerializer
from trades.money import Money
from trades.serializers import TradeSerializer


class PortfolioQuery(serializers.Serializer[Any]):
    money = serializers.ChoiceField(
        [money.value for money in Money],
        required=False,
        help_text="Real money is that of live keys; that of paper and testnet keys is play money. "
        "Without it, real money if you have a live key or a trade with one.",
    )
    timezone = serializers.CharField(max_length=60, default="UTC", help_text="Whose midnight ends a day.")

    def validate_timezone(self, value: str) -> zoneinfo.ZoneInfo:
        try:
            return zoneinfo.ZoneInfo(value)
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            raise serializers.ValidationError(_("This time zone is not known.")) from None

    def asked_money(self) -> Money | None:
        """What was validated; None where nothing was said."""
        said = self.validated_data.get("money")
        return None if said is None else Money(said)


class MoneySerializer(serializers.Serializer[Any]):
    """Which kind of money the figures are of, and which kinds there are of the user's."""

    money = serializers.CharField()
    money_kinds = serializers.ListField(child=serializers.CharField())


class HoldingSerializer(FlatSerializer[Any]):
    exchange_key = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    environment = serializers.CharField()
    asset = serializers.CharField()
    free = AmountField()
    locked = AmountField()
    value_display = AmountField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True, help_text="When the exchange told this balance.")


class DaySerializer(FlatSerializer[Any]):
    date = serializers.DateField()
    realised_pnl_display = AmountField()
    trades = serializers.IntegerField()


class PointSerializer(FlatSerializer[Any]):
    at = serializers.DateTimeField()
    realised_pnl_display = AmountField()


class QuoteResultSerializer(FlatSerializer[Any]):
    quote = serializers.CharField()
    realised_pnl = AmountField()
    unrealised_pnl = AmountField()


class StatisticsSerializer(serializers.Serializer[Any]):
    trades = serializers.IntegerField()
    wins = serializers.IntegerField()
    losses = serializers.IntegerField()
    win_rate = AmountField(allow_null=True, help_text="A fraction: 0.5 is every other trade.")
    profit_factor = AmountField(allow_null=True)
    expectancy_display = AmountField(allow_null=True)
    best_display = AmountField(allow_null=True)
    worst_display = AmountField(allow_null=True)
    average_duration_seconds = serializers.IntegerField(allow_null=True)
    volume_display = AmountField()
    fees_display = AmountField()
    max_drawdown_display = AmountField()
    max_drawdown_from = serializers.DateTimeField(allow_null=True)
    max_drawdown_to = serializers.DateTimeField(allow_null=True)
    current_drawdown_display = AmountField()
    system_quality = AmountField(allow_null=True)
    first_trade_at = serializers.DateTimeField(allow_null=True)
    latest_trade_at = serializers.DateTimeField(allow_null=True)


class PortfolioSerializer(MoneySerializer):
    display_currency = serializers.CharField()
    balances = HoldingSerializer(many=True)
    value_display = AmountField(allow_null=True)
    capital_display = AmountField(
        allow_null=True, help_text="What the bots have been given; null without a rate for it."
    )
    open_trades = TradeSerializer(many=True)
    unrealised_pnl_display = AmountField()
    unrealised_pnl_percent = AmountField(allow_null=True, help_text="Of the capital of now.")
    realised_pnl_display = AmountField()
    realised_pnl_percent = AmountField(
        allow_null=True, help_text="Each result in percent of the capital of its moment, added up."
    )
    realised_today_display = AmountField()
    realised_today_percent = AmountField(allow_null=True)
    daily = DaySerializer(many=True)
    equity_curve = PointSerializer(many=True)
    by_quote = QuoteResultSerializer(many=True)
    statistics = StatisticsSerializer()
    simulated = serializers.BooleanField()
    as_of = serializers.DateTimeField()
    stale = serializers.BooleanField()
    prices_as_of = serializers.DateTimeField(
        allow_null=True, help_text="When the oldest of the prices were told; null where one is not known."
    )
