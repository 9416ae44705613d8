"""The shapes of trades, orders and the portfolio.

Context: `now`; for trades also `market` (a MarketNow) and the `currency` to show amounts in.
"""

from datetime import datetime
from decimal import Decimal, localcontext
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from saas.api import AmountField
from saas.flat_serializer import FlatSerializer, show_amount
from trades.domain import OrderStatus, TradeStatus
from trades.market_now import MarketNow
from trades.models import Fill, Order, PositionCorrection, Trade
from trades.order_texts import describe_next_step, describe_status, details_of, is_in_doubt
from trades.pnl import EXACT, quantise
from trades.selectors import OrderFill, OrderRow
from trades.valuation import LiveValue, realised_percent, value_live

OPTIONAL_AMOUNT = AmountField(allow_null=True)


class FillSerializer(FlatSerializer[OrderFill], serializers.ModelSerializer[Fill]):
    price = AmountField()
    quantity = AmountField()
    fee = AmountField()
    display_rate = AmountField(allow_null=True)

    class Meta:
        model = Fill
        fields = [name for name in OrderFill._fields if name != "order_id"]
        read_only_fields = fields


class OrderSerializer(FlatSerializer[OrderRow], serializers.ModelSerializer[Order]):
    bot = serializers.IntegerField(source="bot_id")
    trade = serializers.IntegerField(source="trade_id", allow_null=True)
    quantity = AmountField()
    filled_quantity = AmountField()
    average_price = serializers.SerializerMethodField()
    fills = FillSerializer(many=True)
    status_text = serializers.SerializerMethodField(help_text="What the status means, in words.")
    next_step = serializers.SerializerMethodField(help_text="What happens next; empty when it is done.")
    in_doubt_since = serializers.SerializerMethodField(
        help_text="Since when it is not known whether the exchange took it."
    )
    next_look_at = serializers.SerializerMethodField(help_text="When the exchange is asked about it next.")

    class Meta:
        model = Order
        fields = [
            "id",
            "client_order_id",
            "exchange_order_id",
            "bot",
            "trade",
            "symbol",
            "side",
            "type",
            "status",
            "status_text",
            "next_step",
            "in_doubt_since",
            "next_look_at",
            "leg",
            "reason",
            "quantity",
            "filled_quantity",
            "average_price",
            "refusal_reason",
            "created_at",
            "updated_at",
            "fills",
        ]
        read_only_fields = fields

    @extend_schema_field(OPTIONAL_AMOUNT)
    def get_average_price(self, order: OrderRow) -> str | None:
        return show_amount(average_price(order.fills))

    def get_status_text(self, order: OrderRow) -> str:
        return describe_status(details_of(order, self.context["now"]))

    def get_next_step(self, order: OrderRow) -> str:
        return describe_next_step(details_of(order, self.context["now"]))

    def get_in_doubt_since(self, order: OrderRow) -> datetime | None:
        return order.in_doubt_since if is_in_doubt(order, self.context["now"]) else None

    def get_next_look_at(self, order: OrderRow) -> datetime | None:
        is_over = order.resolved_at is not None and order.status != OrderStatus.NEVER_PLACED.value
        return None if is_over else order.next_look_at


class TradeSerializer(FlatSerializer[Trade], serializers.ModelSerializer[Trade]):
    bot = serializers.IntegerField(source="bot_id")
    bot_name = serializers.CharField()
    environment = serializers.CharField(
        help_text="Of the exchange key that it is made with: live is real money."
    )
    entry_price = AmountField(allow_null=True)
    exit_price = AmountField(allow_null=True)
    quantity = AmountField()
    held_quantity = AmountField()
    cost = AmountField()
    proceeds = AmountField()
    realised_pnl = AmountField()
    realised_pnl_percent = serializers.SerializerMethodField()
    realised_pnl_display = AmountField(allow_null=True)
    display_rate = AmountField(allow_null=True)
    fees = AmountField()
    dust = AmountField()
    dust_cost = AmountField()
    corrected_quantity = AmountField()
    corrected_cost = AmountField()
    unrealised_pnl = serializers.SerializerMethodField()
    unrealised_pnl_display = serializers.SerializerMethodField()
    unrealised_currency = serializers.SerializerMethodField(
        help_text="What unrealised_pnl_display is in: the user's currency now, whatever it was when the trade was opened."
    )
    last_price = serializers.SerializerMethodField()
    simulated = serializers.SerializerMethodField()

    _valued: tuple[Any, LiveValue] = (None, LiveValue())

    class Meta:
        model = Trade
        fields = [
            "id",
            "bot",
            "bot_name",
            "environment",
            "symbol",
            "base",
            "quote",
            "status",
            "opened_at",
            "closed_at",
            "entry_price",
            "exit_price",
            "quantity",
            "held_quantity",
            "cost",
            "proceeds",
            "realised_pnl",
            "realised_pnl_percent",
            "realised_pnl_display",
            "display_currency",
            "display_rate",
            "fees",
            "dust",
            "dust_cost",
            "corrected_quantity",
            "corrected_cost",
            "exit_reason",
            "last_price",
            "unrealised_pnl",
            "unrealised_pnl_display",
            "unrealised_currency",
            "simulated",
        ]
        read_only_fields = fields

    @extend_schema_field(OPTIONAL_AMOUNT)
    def get_realised_pnl_percent(self, trade: Trade) -> str | None:
        return show_amount(realised_percent(trade))

    @extend_schema_field(OPTIONAL_AMOUNT)
    def get_last_price(self, trade: Trade) -> str | None:
        return show_amount(self._live(trade).last_price)

    @extend_schema_field(OPTIONAL_AMOUNT)
    def get_unrealised_pnl(self, trade: Trade) -> str | None:
        return show_amount(self._live(trade).unrealised_pnl)

    @extend_schema_field(OPTIONAL_AMOUNT)
    def get_unrealised_pnl_display(self, trade: Trade) -> str | None:
        return show_amount(self._live(trade).unrealised_pnl_display)

    def get_unrealised_currency(self, _trade: Trade) -> str:
        return str(self.context["currency"])

    def get_simulated(self, trade: Trade) -> bool:
        return self._market().is_simulated(trade.venue)

    def _live(self, trade: Trade) -> LiveValue:
        """Worked out once for the three fields that show it."""
        if self._valued[0] is not trade:
            self._valued = trade, live_value(trade, self._market(), self.context["currency"])
        return self._valued[1]

    def _market(self) -> MarketNow:
        market: MarketNow = self.context["market"]
        return market


class PositionCorrectionSerializer(serializers.ModelSerializer[PositionCorrection]):
    quantity = AmountField()
    left = AmountField()

    class Meta:
        model = PositionCorrection
        fields = ["at", "quantity", "left"]
        read_only_fields = fields


class TradeDetailSerializer(TradeSerializer):
    """`orders` come in the context, oldest first; `corrections` are what was sold or moved by hand, and when it was seen."""

    orders = serializers.SerializerMethodField()
    corrections = serializers.SerializerMethodField()

    class Meta(TradeSerializer.Meta):
        fields = [*TradeSerializer.Meta.fields, "orders", "corrections"]

    @extend_schema_field(OrderSerializer(many=True))
    def get_orders(self, _trade: Trade) -> Any:
        return OrderSerializer(self.context["orders"], many=True, context=self.context).data

    @extend_schema_field(PositionCorrectionSerializer(many=True))
    def get_corrections(self, trade: Trade) -> Any:
        corrections = list(trade.corrections.all()) if trade.corrected_quantity else []
        return PositionCorrectionSerializer(corrections, many=True).data


def live_value(trade: Trade, market: MarketNow, currency: str) -> LiveValue:
    if trade.status != TradeStatus.OPEN.value:
        return LiveValue()
    venue = trade.venue
    return value_live(trade, market.bid(venue, trade.symbol), market.rate(venue, trade.quote, currency))


def average_price(fills: Any) -> Decimal | None:
    with localcontext(EXACT):
        quantity = sum((fill.quantity for fill in fills), Decimal())
        notional = sum((fill.quantity * fill.price for fill in fills), Decimal())
        return quantise(notional / quantity) if quantity else None
