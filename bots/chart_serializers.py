"""The shapes of what a chart draws. Answers of hundreds of candles are written out by hand: field by field takes ten times
as long. The serializers declare the same for the schema, and a test holds them together."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from bots.charting import BotChart, Mark, Point
from bots.next_levels import Level, Waiting
from bots.preview_money import Result
from bots.previewing import Preview
from bots.rule import Rule
from bots.serializers import BotSerializer
from bots.sizing import HUNDRED, TAKER_FEE
from exchanges.serializers import MAX_CANDLES
from saas.api import AmountField
from saas.exact_decimal import plain
from trades.models import Trade

Json = dict[str, Any]


class ChartQuery(serializers.Serializer[Any]):
    symbol = serializers.CharField(max_length=30, default=None, help_text="The bot's first unless named.")
    timeframe = serializers.CharField(max_length=10, default=None, help_text="The strategy's unless named.")
    limit = serializers.IntegerField(min_value=1, max_value=MAX_CANDLES, default=300)


class PreviewRequest(BotSerializer):
    """A bot as for creating one, whose name may lack; `symbol` is the one to draw, the first unless named."""

    name = serializers.CharField(max_length=60, required=False, allow_blank=True)
    symbol = serializers.CharField(max_length=30, required=False, write_only=True)

    class Meta(BotSerializer.Meta):
        fields = [*BotSerializer.Meta.fields, "symbol"]


class ChartPointSerializer(serializers.Serializer[Any]):
    open_time = serializers.DateTimeField()
    open = AmountField()
    high = AmountField()
    low = AmountField()
    close = AmountField()
    volume = AmountField()
    average = AmountField(allow_null=True, help_text="The rule's average when the candle opened.")
    threshold = AmountField(allow_null=True, help_text="At or below it the rule buys.")


class ChartMarkSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    leg = serializers.CharField(help_text="`entry` or `exit`.")
    price = AmountField()
    quantity = AmountField()
    reason = serializers.CharField()
    trade = serializers.IntegerField(allow_null=True)


class ChartTradeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    opened_at = serializers.DateTimeField()
    entry_price = AmountField(allow_null=True)
    quantity = AmountField(help_text="What is held.")
    peak_price = AmountField(
        allow_null=True, help_text="The highest price that a trailing stop has followed."
    )


class ChartLevelSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(
        help_text="`buy`, or of an open trade `entry`, `take_profit`, `stop_loss`, `trailing_stop`, `back_to_average`."
    )
    price = AmountField()
    distance_percent = AmountField(help_text="From the last price to it; negative below.")


class WaitingSerializer(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    price = AmountField(allow_null=True)
    average = AmountField(allow_null=True)
    open_trade = ChartTradeSerializer(allow_null=True)
    levels = ChartLevelSerializer(many=True)


class WaitingListSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(allow_null=True, help_text="When the market was seen.")
    symbols = WaitingSerializer(many=True, help_text="Those with an open trade first.")


class RuleChartSerializer(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    strategy_timeframe = serializers.CharField()
    window = serializers.IntegerField()
    simulated = serializers.BooleanField(help_text="The prices are made up.")
    candles = ChartPointSerializer(many=True)


class ChartSerializer(RuleChartSerializer):
    timeframe = serializers.CharField()
    timeframes = serializers.ListField(child=serializers.CharField())
    last_price = AmountField(allow_null=True)
    marks = ChartMarkSerializer(many=True)
    open_trade = ChartTradeSerializer(allow_null=True)
    levels = ChartLevelSerializer(many=True)


class PreviewTradeSerializer(serializers.Serializer[Any]):
    opened_at = serializers.DateTimeField()
    entry_price = AmountField()
    entry_reason = serializers.CharField()
    closed_at = serializers.DateTimeField(allow_null=True)
    exit_price = AmountField(allow_null=True)
    exit_reason = serializers.CharField(allow_null=True)
    quantity = AmountField()
    percent = AmountField(help_text="Of its cost, after fees; of an open one at the last price.")
    pnl = AmountField(help_text="In the capital's currency.")


class MinimumSerializer(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    capital = AmountField()


class PreviewSerializer(RuleChartSerializer):
    step = serializers.CharField(help_text="The length of the candles that were walked through.")
    period_seconds = serializers.IntegerField()
    currency = serializers.CharField(help_text="The capital's.")
    trades = PreviewTradeSerializer(many=True)
    purchases = serializers.IntegerField()
    sales = serializers.IntegerField()
    total_pnl = AmountField(help_text="In the capital's currency, an open trade at the last price.")
    total_percent = AmountField(help_text="Of the capital.")
    fee_percent = AmountField(help_text="Of every order, as counted.")
    minimum_capital = AmountField(help_text="What every symbol's orders need.")
    minimum_capitals = MinimumSerializer(many=True)
    capital_suffices = serializers.BooleanField()


def describe_chart(chart: BotChart) -> Json:
    return {
        **_describe_rule(chart.rule, chart.points, simulated=chart.simulated),
        "timeframe": chart.timeframe,
        "timeframes": list(chart.timeframes),
        "last_price": _amount(chart.last_price),
        "marks": [_describe_mark(mark) for mark in chart.marks],
        "open_trade": None if chart.trade is None else _describe_trade(chart.trade),
        "levels": [_describe_level(level) for level in chart.levels],
    }


def describe_waiting(at: datetime | None, symbols: Sequence[Waiting]) -> Json:
    return {
        "at": None if at is None else _moment(at),
        "symbols": [
            {
                "symbol": each.symbol,
                "price": _amount(each.price),
                "average": _amount(each.average),
                "open_trade": None if each.trade is None else _describe_trade(each.trade),
                "levels": [_describe_level(level) for level in each.levels],
            }
            for each in symbols
        ],
    }


def describe_preview(preview: Preview) -> Json:
    return {
        **_describe_rule(preview.rule, preview.points, simulated=preview.simulated),
        "step": preview.step,
        "period_seconds": int(preview.period.total_seconds()),
        "currency": preview.currency,
        "trades": [_describe_result(result) for result in preview.results],
        "purchases": len(preview.results),
        "sales": sum(result.trip.closed_at is not None for result in preview.results),
        "total_pnl": plain(preview.total.pnl),
        "total_percent": plain(preview.total.percent),
        "fee_percent": plain(TAKER_FEE * HUNDRED),
        "minimum_capital": plain(preview.minimum_capital),
        "minimum_capitals": [
            {"symbol": need.symbol, "capital": plain(need.advice)} for need in preview.needs
        ],
        "capital_suffices": preview.capital_suffices,
    }


def _describe_rule(rule: Rule, points: Sequence[Point], *, simulated: bool) -> Json:
    return {
        "symbol": rule.symbol,
        "strategy_timeframe": rule.need.timeframe,
        "window": rule.need.window,
        "simulated": simulated,
        "candles": [_describe_point(point) for point in points],
    }


def _describe_point(point: Point) -> Json:
    candle = point.candle
    return {
        "open_time": _moment(candle.open_time),
        "open": plain(candle.open),
        "high": plain(candle.high),
        "low": plain(candle.low),
        "close": plain(candle.close),
        "volume": plain(candle.volume),
        "average": _amount(point.average),
        "threshold": _amount(point.threshold),
    }


def _describe_mark(mark: Mark) -> Json:
    return {
        "at": _moment(mark.at),
        "leg": mark.leg,
        "price": plain(mark.price),
        "quantity": plain(mark.quantity),
        "reason": mark.reason,
        "trade": mark.trade,
    }


def _describe_trade(trade: Trade) -> Json:
    return {
        "id": trade.pk,
        "opened_at": _moment(trade.opened_at),
        "entry_price": _amount(trade.entry_price),
        "quantity": plain(trade.held_quantity),
        "peak_price": _amount(trade.peak_price),
    }


def _describe_level(level: Level) -> Json:
    return {
        "kind": level.kind,
        "price": plain(level.price),
        "distance_percent": plain(level.distance_percent),
    }


def _describe_result(result: Result) -> Json:
    trip = result.trip
    return {
        "opened_at": _moment(trip.opened_at),
        "entry_price": plain(trip.entry_price),
        "entry_reason": trip.entry_reason.value,
        "closed_at": None if trip.closed_at is None else _moment(trip.closed_at),
        "exit_price": _amount(trip.exit_price),
        "exit_reason": None if trip.exit_reason is None else trip.exit_reason.value,
        "quantity": plain(result.quantity),
        "percent": plain(result.percent),
        "pnl": plain(result.pnl),
    }


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _moment(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
