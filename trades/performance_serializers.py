"""The shape of the performance."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from saas.api import AmountField
from saas.flat_serializer import FlatSerializer
from trades.performance_record import Asked
from trades.portfolio_serializers import MoneySerializer, PortfolioQuery, StatisticsSerializer

# A calendar has an end on either side; nobody has traded beyond these.
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


class PerformanceQuery(PortfolioQuery):
    """What of the results is wanted; without a bot, a symbol, a first or a last day all of it."""

    bot = serializers.IntegerField(required=False, help_text="One of your bots, deleted ones too.")
    symbol = serializers.CharField(required=False, max_length=30)
    to = serializers.DateField(required=False, help_text="The last day of the period, in that time zone.")

    def get_fields(self) -> dict[str, Any]:
        first = serializers.DateField(required=False, help_text="The first day of the period.")
        return {**super().get_fields(), "from": first}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("from", EARLIEST) > attrs.get("to", LATEST):
            raise serializers.ValidationError({"to": _("The last day comes before the first.")})
        return attrs

    def asked(self) -> Asked:
        """What was validated."""
        given = self.validated_data
        first, last = given.get("from"), given.get("to")
        return Asked(
            zone=given["timezone"],
            bot=given.get("bot"),
            symbol=given.get("symbol"),
            first=first and max(first, EARLIEST),
            last=last and min(last, LATEST),
        )


class PartSerializer(FlatSerializer[Any]):
    """The results of a day, week, month, symbol or bot."""

    trades = serializers.IntegerField()
    wins = serializers.IntegerField()
    losses = serializers.IntegerField()
    win_rate = AmountField(allow_null=True)
    realised_pnl_display = AmountField()
    realised_pnl_percent = AmountField(allow_null=True)
    volume_display = AmountField()
    fees_display = AmountField()


class TimePartSerializer(PartSerializer):
    date = serializers.DateField(source="name", help_text="The day, or the first day of the week or month.")


class SymbolPartSerializer(PartSerializer):
    symbol = serializers.CharField(source="name")


class BotPartSerializer(PartSerializer):
    bot = serializers.IntegerField(source="name.bot_id")
    name = serializers.CharField(source="name.name")
    is_deleted = serializers.BooleanField(source="name.is_deleted")


class PathPointSerializer(FlatSerializer[Any]):
    at = serializers.DateTimeField()
    realised_pnl_display = AmountField()
    drawdown_display = AmountField(help_text="How far below its best so far, as a positive amount.")


class BinSerializer(FlatSerializer[Any]):
    from_percent = AmountField(allow_null=True)
    to_percent = AmountField(allow_null=True)
    trades = serializers.IntegerField()


class BotChoiceSerializer(FlatSerializer[Any]):
    bot = serializers.IntegerField(source="bot_id")
    name = serializers.CharField()
    is_deleted = serializers.BooleanField()


class BestTradeSerializer(FlatSerializer[Any]):
    trade = serializers.IntegerField(source="trade_id")
    bot = serializers.IntegerField(source="bot_id")
    symbol = serializers.CharField()
    closed_at = serializers.DateTimeField()
    realised_pnl_display = AmountField(source="pnl")
    realised_pnl_percent = AmountField(source="percent", allow_null=True)


class DayResultSerializer(FlatSerializer[Any]):
    date = serializers.DateField()
    realised_pnl_display = AmountField()


class SymbolResultSerializer(FlatSerializer[Any]):
    symbol = serializers.CharField()
    realised_pnl_display = AmountField()


class PerformanceStatisticsSerializer(StatisticsSerializer):
    """Those of the portfolio, and more; docs/performance.md defines each."""

    unknown_results = serializers.IntegerField(
        help_text="Closed trades of which nobody knows what they brought."
    )
    expectancy_ratio = AmountField(allow_null=True)
    average_win_display = AmountField(allow_null=True)
    average_loss_display = AmountField(allow_null=True)
    average_win_seconds = serializers.IntegerField(allow_null=True)
    average_loss_seconds = serializers.IntegerField(allow_null=True)
    best_trade = BestTradeSerializer(allow_null=True)
    worst_trade = BestTradeSerializer(allow_null=True)
    best_day = DayResultSerializer(allow_null=True)
    worst_day = DayResultSerializer(allow_null=True)
    winning_days = serializers.IntegerField()
    losing_days = serializers.IntegerField()
    best_symbol = SymbolResultSerializer(allow_null=True)
    worst_symbol = SymbolResultSerializer(allow_null=True)
    longest_winning_streak = serializers.IntegerField()
    longest_losing_streak = serializers.IntegerField()
    sharpe = AmountField(allow_null=True)
    sortino = AmountField(allow_null=True)
    calmar = AmountField(allow_null=True)
    cagr_percent = AmountField(allow_null=True)
    max_drawdown_percent = AmountField(allow_null=True)
    current_drawdown_percent = AmountField(allow_null=True)
    exposure = AmountField(allow_null=True, help_text="A fraction of the time: 0.5 is every other hour.")


class PerformanceSerializer(MoneySerializer):
    display_currency = serializers.CharField()
    first_day = serializers.DateField(allow_null=True, help_text="Null before the first trade.")
    last_day = serializers.DateField()
    days = serializers.IntegerField()
    capital_display = AmountField(allow_null=True)
    realised_pnl_display = AmountField()
    realised_pnl_percent = AmountField(allow_null=True)
    unrealised_pnl_display = AmountField(
        allow_null=True,
        help_text="Null where the period has ended, or the worth of an open trade is not known.",
    )
    unrealised_pnl_percent = AmountField(allow_null=True)
    total_pnl_display = AmountField(
        allow_null=True, help_text="Null where the worth of an open trade is not known."
    )
    total_pnl_percent = AmountField(allow_null=True)
    open_trades = serializers.IntegerField()
    statistics = PerformanceStatisticsSerializer()
    by_day = TimePartSerializer(many=True)
    by_week = TimePartSerializer(many=True)
    by_month = TimePartSerializer(many=True)
    by_symbol = SymbolPartSerializer(many=True)
    by_bot = BotPartSerializer(many=True)
    path = PathPointSerializer(many=True)
    distribution = BinSerializer(many=True)
    bots = BotChoiceSerializer(many=True)
    symbols = serializers.ListField(child=serializers.CharField())
    simulated = serializers.BooleanField()
    as_of = serializers.DateTimeField()
    stale = serializers.BooleanField()
    prices_as_of = serializers.DateTimeField(
        allow_null=True, help_text="When the oldest of the prices were told; null where one is not known."
    )
