"""The order ledger's tables: intents, their fills, the trades that the fills make, and what halts entries.

A Trade is a projection of its fills; `ledger` alone writes here. The constraints hold what must never happen, also when
two workers, a repeated message or a restored backup try.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchanges.domain import Liquidity, OrderType, Side, Venue
from saas.exact_decimal import ExactDecimalField
from saas.tenancy import Owned, OwnedQuerySet
from trades import audit_models  # noqa: F401 -- its tables are of this app
from trades.domain import IN_DOUBT, HaltScope, Leg, OrderStatus, Reason, TradeStatus
from users.models import ExchangeAPIKey, User


def choices(
    enum: type[Side | OrderType | Liquidity | Leg | OrderStatus | Reason | TradeStatus],
) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in enum]


class TradeQuerySet(OwnedQuerySet):
    def update(self, **values: Any) -> int:
        """Counts as a change of every row, except where only the price is noted that a stop follows."""
        counted = {} if values.keys() <= {"peak_price"} else {"version": F("version") + 1}
        return super().update(**counted, **values)


TradeManager = models.Manager.from_queryset(TradeQuerySet)


class Trade(Owned):
    """One round trip of one bot in one symbol, from the first entry fill to the last exit fill.

    Whoever keeps what was made of a user's trades compares the sum of their versions: it grows with every change that
    is committed, in whatever order transactions end, and a trade is never deleted.
    """

    bot = models.ForeignKey("bots.BotConfiguration", on_delete=models.PROTECT, related_name="trades")
    exchange_key = models.ForeignKey(ExchangeAPIKey, on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(_("symbol"), max_length=30)
    base = models.CharField(max_length=15)
    quote = models.CharField(max_length=15)
    status = models.CharField(
        _("status"), max_length=10, choices=choices(TradeStatus), default=TradeStatus.OPEN.value
    )
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    exit_reason = models.CharField(max_length=20, choices=choices(Reason), default="", blank=True)
    quantity = ExactDecimalField(_("quantity bought, net of base fees"), default=0)
    held_quantity = ExactDecimalField(_("quantity held"), default=0)
    entry_price = ExactDecimalField(_("average entry price"), null=True)
    exit_price = ExactDecimalField(_("average exit price"), null=True)
    cost = ExactDecimalField(_("cost"), default=0)
    proceeds = ExactDecimalField(_("proceeds"), default=0)
    fees = ExactDecimalField(_("fees in quote"), default=0)
    realised_pnl = ExactDecimalField(_("realised P&L"), default=0)
    realised_pnl_display = ExactDecimalField(_("realised P&L in display currency"), null=True)
    display_currency = models.CharField(max_length=10)
    display_rate = ExactDecimalField(null=True)
    dust = ExactDecimalField(_("dust"), default=0)
    dust_cost = ExactDecimalField(default=0)
    corrected_quantity = ExactDecimalField(_("quantity sold or moved by hand"), default=0)
    corrected_cost = ExactDecimalField(_("cost of what was sold or moved by hand"), default=0)
    lot_size = ExactDecimalField()
    peak_price = ExactDecimalField(_("highest price since the entry"), null=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveBigIntegerField(default=0, editable=False)

    objects: ClassVar[Any] = TradeManager()

    class Meta:
        verbose_name = _("trade")
        verbose_name_plural = _("trades")
        ordering = ["-opened_at", "-pk"]
        indexes = [
            # One for each way a list is narrowed, in the order of the list.
            models.Index(fields=["owner", "-opened_at", "-id"], name="trade_list"),
            models.Index(fields=["owner", "status", "-opened_at", "-id"], name="trade_list_by_status"),
            models.Index(fields=["owner", "bot", "-opened_at", "-id"], name="trade_list_by_bot"),
            models.Index(fields=["owner", "symbol", "-opened_at", "-id"], name="trade_list_by_symbol"),
            # And one for each other order.
            models.Index(fields=["owner", "closed_at", "id"], name="trade_list_as_closed"),
            models.Index(
                F("owner"),
                Cast("realised_pnl_display", models.FloatField()),
                F("id"),
                name="trade_list_by_worth",
            ),
            models.Index(fields=["owner", "version"], name="trade_changes"),
            models.Index(fields=["bot", "status"]),
            models.Index(fields=["status", "exchange_key"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["bot", "symbol"], condition=Q(status=TradeStatus.OPEN.value), name="one_open_trade"
            )
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.status} #{self.pk}"

    @property
    def bot_name(self) -> str:
        return str(self.bot.name)

    @property
    def venue(self) -> Venue:
        return self.exchange_key.venue

    @property
    def environment(self) -> str:
        return str(self.exchange_key.environment)

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            # By the database: of two who read the same version, both count.
            self.version = F("version") + 1
        if options.get("update_fields") is not None:
            options["update_fields"] = {*options["update_fields"], "version"}
        super().save(*args, **options)


class Order(Owned):
    """One intent and what became of it. `client_order_id` is used for one send, ever."""

    bot = models.ForeignKey("bots.BotConfiguration", on_delete=models.PROTECT, related_name="orders")
    exchange_key = models.ForeignKey(ExchangeAPIKey, on_delete=models.PROTECT, related_name="+")
    trade = models.ForeignKey(Trade, on_delete=models.PROTECT, null=True, related_name="orders")
    symbol = models.CharField(_("symbol"), max_length=30)
    base = models.CharField(max_length=15)
    quote = models.CharField(max_length=15)
    side = models.CharField(_("side"), max_length=4, choices=choices(Side))
    type = models.CharField(_("type"), max_length=6, choices=choices(OrderType))
    leg = models.CharField(_("leg"), max_length=5, choices=choices(Leg))
    reason = models.CharField(_("reason"), max_length=20, choices=choices(Reason))
    status = models.CharField(
        _("status"), max_length=12, choices=choices(OrderStatus), default=OrderStatus.PLANNED.value
    )
    quantity = ExactDecimalField(_("quantity"))
    filled_quantity = ExactDecimalField(_("filled quantity"), default=0)
    limit_price = ExactDecimalField(_("limit price"), null=True)
    reference_price = ExactDecimalField(_("price at the decision"))
    client_order_id = models.CharField(_("client order id"), max_length=36)
    exchange_order_id = models.CharField(_("exchange order id"), max_length=64, null=True)
    decision_key = models.CharField(max_length=120)
    lease_token = models.BigIntegerField()
    display_currency = models.CharField(max_length=10)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    lot_size = ExactDecimalField()
    sign_deadline = models.DateTimeField(null=True, help_text="The order was signed before then or never.")
    lease_until = models.DateTimeField(
        help_text="Until then the sender owns the order; afterwards recovery does."
    )
    in_doubt_since = models.DateTimeField(_("in doubt since"), null=True)
    not_found_count = models.PositiveIntegerField(default=0)
    next_look_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(_("cancelling since"), null=True)
    resolved_at = models.DateTimeField(null=True)
    refusal_code = models.CharField(max_length=40, default="", blank=True)
    refusal_reason = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="order_list"),
            models.Index(fields=["owner", "status", "-created_at", "-id"], name="order_list_by_status"),
            models.Index(fields=["owner", "bot", "-created_at", "-id"], name="order_list_by_bot"),
            models.Index(fields=["owner", "symbol", "-created_at", "-id"], name="order_list_by_symbol"),
            models.Index(fields=["owner", "-updated_at", "-id"], name="order_list_as_updated"),
            models.Index(fields=["owner"], condition=Q(reason=Reason.ADOPTED.value), name="order_adopted"),
            models.Index(fields=["status", "lease_until"]),
            models.Index(fields=["bot", "symbol", "status"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["exchange_key", "client_order_id"], name="client_order_id_once"),
            models.UniqueConstraint(
                fields=["exchange_key", "symbol", "exchange_order_id"], name="exchange_order_id_once"
            ),
            models.UniqueConstraint(fields=["bot", "decision_key"], name="one_intent_per_decision"),
            models.UniqueConstraint(
                fields=["bot", "symbol"],
                condition=Q(
                    leg=Leg.ENTRY.value,
                    status__in=sorted(
                        s.value
                        for s in IN_DOUBT | {OrderStatus.PLANNED, OrderStatus.OPEN, OrderStatus.PARTIAL}
                    ),
                ),
                name="one_unresolved_entry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.symbol} {self.status} {self.client_order_id}"

    @property
    def key_halted_at(self) -> datetime | None:
        return self.exchange_key.halted_at

    def note(self, written: Mapping[str, Any]) -> None:
        """Take over what was just stored of it, so that nobody has to read it again."""
        for name, value in written.items():
            setattr(self, name, value)


class Fill(Owned):
    """One execution, imported by the exchange's own id. The display rate is the one of its moment, for ever."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fills")
    exchange_key = models.ForeignKey(ExchangeAPIKey, on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=30)
    exchange_fill_id = models.CharField(max_length=64)
    side = models.CharField(max_length=4, choices=choices(Side))
    price = ExactDecimalField()
    quantity = ExactDecimalField()
    fee = ExactDecimalField()
    fee_asset = models.CharField(max_length=15)
    fee_rate = ExactDecimalField(
        null=True, help_text="Quote asset per fee asset, for a fee in a third asset."
    )
    liquidity = models.CharField(max_length=5, choices=choices(Liquidity))
    executed_at = models.DateTimeField()
    display_currency = models.CharField(max_length=10)
    display_rate = ExactDecimalField(null=True, help_text="Display currency per quote asset.")
    imported_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("fill")
        verbose_name_plural = _("fills")
        ordering = ["executed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["exchange_key", "symbol", "exchange_fill_id"], name="exchange_fill_id_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.symbol} at {self.price}"


class CorrectionReason(models.TextChoices):
    NOT_COVERED = "not_covered", _("no longer covered by the account's balance")


class PositionCorrection(Owned):
    """Coins of a trade that left the account without an order of ours: what was `left`, and the `quantity` that was gone.

    The trade's figures follow from `left` (see `pnl`); `quantity` is what the owner was told, `at` when it was first seen.
    """

    trade = models.ForeignKey(Trade, on_delete=models.PROTECT, related_name="corrections")
    at = models.DateTimeField(_("at"))
    quantity = ExactDecimalField(_("quantity"))
    left = ExactDecimalField(_("quantity left"))
    reason = models.CharField(
        _("reason"), max_length=20, choices=CorrectionReason.choices, default=CorrectionReason.NOT_COVERED
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("correction of a position")
        verbose_name_plural = _("corrections of positions")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.quantity} of trade {self.trade_id}"


HALT_SCOPES = [
    (HaltScope.PLATFORM.value, _("the whole platform")),
    (HaltScope.EXCHANGE.value, _("an exchange")),
    (HaltScope.USER.value, _("a user")),
    (HaltScope.BOT.value, _("a bot")),
]


class Halt(models.Model):
    """A kill switch that is on: no new entries for what it names; exits go on. Resuming deletes the row.

    The owner's and the operator's are two rows, so that neither lifts the other's. A bot's halt names its owner too.
    """

    scope = models.CharField(
        _("what is halted"),
        max_length=10,
        choices=HALT_SCOPES,
    )
    exchange = models.CharField(_("exchange"), max_length=20, default="", blank=True)
    environment = models.CharField(
        _("environment"), max_length=10, default="", blank=True, help_text=_("Empty: all of them.")
    )
    owner = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    bot = models.ForeignKey(
        "bots.BotConfiguration",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("bot"),
    )
    by_operator = models.BooleanField(_("by the operator"), default=False)
    reason = models.CharField(
        _("reason"), max_length=300, default="", blank=True, help_text=_("The users whom it concerns see it.")
    )
    halted_at = models.DateTimeField(_("halted at"))
    halted_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("halted by")
    )

    class Meta:
        verbose_name = _("halt")
        verbose_name_plural = _("halts")
        ordering = ["-halted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["by_operator"],
                condition=Q(scope=HaltScope.PLATFORM.value),
                name="one_halt_per_platform",
            ),
            models.UniqueConstraint(
                fields=["exchange", "environment", "by_operator"],
                condition=Q(scope=HaltScope.EXCHANGE.value),
                name="one_halt_per_exchange",
            ),
            models.UniqueConstraint(
                fields=["owner", "by_operator"],
                condition=Q(scope=HaltScope.USER.value),
                name="one_halt_per_user",
            ),
            models.UniqueConstraint(
                fields=["bot", "by_operator"], condition=Q(scope=HaltScope.BOT.value), name="one_halt_per_bot"
            ),
            models.CheckConstraint(
                condition=Q(
                    scope=HaltScope.PLATFORM.value, exchange="", owner=None, bot=None, by_operator=True
                )
                | (
                    Q(scope=HaltScope.EXCHANGE.value, owner=None, bot=None, by_operator=True)
                    & ~Q(exchange="")
                )
                | Q(scope=HaltScope.USER.value, exchange="", owner__isnull=False, bot=None)
                | Q(scope=HaltScope.BOT.value, exchange="", owner__isnull=False, bot__isnull=False),
                name="halt_names_its_scope",
            ),
        ]

    def __str__(self) -> str:
        named = self.exchange and f"{self.exchange} {self.environment}".strip()
        return f"{self.scope} {named or self.bot_id or self.owner_id or ''}".strip()


class Lease(models.Model):
    """Who runs a bot now. A conditional UPDATE takes it; the token fences off a process that wakes up late."""

    bot = models.OneToOneField(
        "bots.BotConfiguration", on_delete=models.CASCADE, primary_key=True, related_name="lease"
    )
    token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField()
    holder = models.CharField(
        max_length=100, default="", help_text="The process that took it: host:process id."
    )

    def __str__(self) -> str:
        return f"lease {self.token} of bot {self.bot_id}"
