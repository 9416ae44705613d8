"""What lists of trades and orders can be narrowed by. A stranger's bot or trade is a 404, an unknown value a 400."""

from typing import Any

import django_filters
from django.db.models import F, FloatField, QuerySet
from django.db.models.functions import Cast
from rest_framework.request import Request

from saas.api import OwnedFilter
from saas.clock import utc_now
from saas.ordering import StrictOrderingFilter
from trades.enumerations import ORDER_STATUSES, TRADE_STATUSES
from trades.models import Order, Trade
from trades.money import ENVIRONMENTS, Money
from trades.own_bots import bot_model
from trades.selectors import needing_attention

SEPARATORS = str.maketrans("", "", "/-_ :")


def filter_symbol(queryset: QuerySet[Any], _name: str, text: str) -> QuerySet[Any]:
    """`BTC/USDT`, `btcusdt` and `BTC-USDT` alike."""
    joined = text.upper().translate(SEPARATORS)
    # Every pair that it could mean, rather than a comparison with each row's own spelling: an index finds these.
    pairs = {f"{joined[:length]}/{joined[length:]}" for length in range(1, len(joined))}
    named: QuerySet[Any] = queryset.filter(symbol__in=sorted({text, *pairs}))
    return named


class TradeFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    bot = OwnedFilter(bot_model())
    symbol = django_filters.CharFilter(method=filter_symbol, max_length=30)
    status = django_filters.ChoiceFilter(choices=TRADE_STATUSES)
    money = django_filters.ChoiceFilter(
        method="filter_money",
        choices=[(money.value, money.value) for money in Money],
        label="Real money is that of live keys; that of paper and testnet keys is play money.",
    )
    opened_after = django_filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = django_filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="lt")

    class Meta:
        model = Trade
        fields: list[str] = []

    def filter_money(self, trades: QuerySet[Any], _name: str, money: str) -> QuerySet[Any]:
        wanted: QuerySet[Any] = trades.filter(exchange_key__environment__in=ENVIRONMENTS[Money(money)])
        return wanted


class OrderFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    bot = OwnedFilter(bot_model())
    trade = OwnedFilter(Trade)
    symbol = django_filters.CharFilter(method=filter_symbol, max_length=30)
    status = django_filters.ChoiceFilter(choices=ORDER_STATUSES)
    side = django_filters.ChoiceFilter(choices=Order._meta.get_field("side").choices)
    attention = django_filters.BooleanFilter(
        method="filter_attention", label="In doubt, or otherwise something its owner should know of."
    )

    class Meta:
        model = Order
        fields: list[str] = []

    def filter_attention(self, orders: QuerySet[Any], _name: str, wanted: bool) -> QuerySet[Any]:
        needing = needing_attention(orders, utc_now())
        return needing if wanted else orders.exclude(pk__in=needing.order_by().values("pk"))


class TradeOrderingFilter(StrictOrderingFilter):
    """By value where the column is text, and with what is not known yet always at the end."""

    COLUMNS = {name: Cast(name, FloatField()) for name in ("realised_pnl", "realised_pnl_display")}
    NULLABLE = {"closed_at", "realised_pnl_display"}

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        terms = self.get_ordering(request, queryset, view) or ["-opened_at"]
        return queryset.order_by(*(self._expression(term) for term in terms), "-pk")

    def _expression(self, term: str) -> Any:
        name = term.removeprefix("-")
        column = self.COLUMNS.get(name, F(name))
        # Only where there are any: no index of PostgreSQL's would have the others in this order.
        nulls_last = True if name in self.NULLABLE else None
        descends = term.startswith("-")
        return column.desc(nulls_last=nulls_last) if descends else column.asc(nulls_last=nulls_last)
