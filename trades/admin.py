"""The operator's view of trades and orders. The ledger alone writes them; nothing here does."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from saas.clock import utc_now
from trades import halt_admin  # noqa: F401 -- registers the page of halts
from trades.audit_models import AuditDifference, AuditRun
from trades.audit_texts import describe_difference, describe_outcome
from trades.models import Fill, Order, PositionCorrection, Trade
from trades.order_texts import describe_next_step, describe_status, details_of
from trades.read_only_admin import ReadOnly, ReadOnlyAdmin
from trades.selectors import needing_attention


class FillInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Fill
    fk_name = "order"
    extra = 0
    can_delete = False
    fields = (
        "executed_at",
        "exchange_fill_id",
        "side",
        "price",
        "quantity",
        "fee",
        "fee_asset",
        "liquidity",
        "display_currency",
        "display_rate",
    )
    readonly_fields = fields


class OrderInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Order
    fk_name = "trade"
    extra = 0
    can_delete = False
    show_change_link = True
    fields = (
        "created_at",
        "side",
        "reason",
        "status",
        "quantity",
        "filled_quantity",
        "client_order_id",
        "exchange_order_id",
    )
    readonly_fields = fields


class CorrectionInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = PositionCorrection
    fk_name = "trade"
    extra = 0
    can_delete = False
    fields = ("at", "quantity", "left", "reason")
    readonly_fields = fields


@admin.register(Trade)
class TradeAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "owner",
        "bot",
        "symbol",
        "status",
        "opened_at",
        "closed_at",
        "quantity",
        "entry_price",
        "exit_price",
        "realised_pnl",
        "realised_pnl_display",
        "display_currency",
    )
    list_select_related = ("owner", "bot")
    list_filter = ("status", "exit_reason", "symbol")
    search_fields = ("owner__email", "bot__name", "symbol")
    inlines = (OrderInline, CorrectionInline)


class NeedsAttention(admin.SimpleListFilter):
    title = _("attention")
    parameter_name = "attention"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("needed", _("needed"))]

    def queryset(self, _request: HttpRequest, orders: QuerySet[Order]) -> QuerySet[Order]:
        return needing_attention(orders, utc_now()) if self.value() else orders


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = (
        "client_order_id",
        "status",
        "meaning",
        "owner",
        "bot",
        "symbol",
        "side",
        "leg",
        "reason",
        "quantity",
        "filled_quantity",
        "in_doubt_since",
        "next_look_at",
        "created_at",
    )
    list_select_related = ("owner", "bot", "exchange_key")
    list_filter = (NeedsAttention, "status", "side", "leg", "reason")
    search_fields = ("owner__email", "bot__name", "symbol", "client_order_id", "exchange_order_id")
    inlines = (FillInline,)
    readonly_fields = ("meaning", "next_step")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        secret = ("exchange_key__ciphertext", "exchange_key__fingerprint")
        return super().get_queryset(request).select_related(*self.list_select_related).defer(*secret)

    @admin.display(description=_("meaning"))
    def meaning(self, order: Order) -> str:
        return describe_status(details_of(order, utc_now()))

    @admin.display(description=_("what happens next"))
    def next_step(self, order: Order) -> str:
        return describe_next_step(details_of(order, utc_now()))


@admin.register(AuditRun)
class AuditRunAdmin(ReadOnlyAdmin):
    list_display = (
        "started_at",
        "owner",
        "exchange_key",
        "result",
        "since",
        "orders",
        "fills",
        "differences",
    )
    list_select_related = ("owner", "exchange_key")
    list_filter = ("outcome", "started_at")
    search_fields = ("owner__email", "exchange_key__label")

    @admin.display(description=_("result"))
    def result(self, run: AuditRun) -> str:
        return describe_outcome(run.outcome, run.reason)


class StandingFilter(admin.SimpleListFilter):
    title = _("still there")
    parameter_name = "standing"

    def lookups(self, _request: HttpRequest, _admin: object) -> list[tuple[str, str]]:
        return [("1", gettext("yes")), ("0", gettext("no"))]

    def queryset(self, _request: HttpRequest, rows: QuerySet[AuditDifference]) -> QuerySet[AuditDifference]:
        return rows if self.value() is None else rows.filter(gone_at__isnull=self.value() == "1")


@admin.register(AuditDifference)
class AuditDifferenceAdmin(ReadOnlyAdmin):
    list_display = (
        "invariant",
        "what",
        "owner",
        "exchange_key",
        "bot",
        "symbol",
        "client_order_id",
        "first_found_at",
        "last_found_at",
        "gone_at",
    )
    list_select_related = ("owner", "exchange_key", "bot")
    list_filter = (StandingFilter, "invariant", "symbol")
    search_fields = ("owner__email", "bot__name", "symbol", "client_order_id", "subject")

    @admin.display(description=_("difference"))
    def what(self, difference: AuditDifference) -> str:
        return describe_difference(difference)
