"""A user's bots, and the events that matter in their lives."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from saas.exact_decimal import ExactDecimalField
from saas.tenancy import Owned
from users.models import Currency, ExchangeAPIKey


class BotStatus(models.TextChoices):
    STOPPED = "stopped", _("stopped")
    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")


class BotConfiguration(Owned):
    """What a bot may do with how much of whose money. A deleted bot keeps its row, for the history of its trades."""

    name = models.CharField(_("name"), max_length=60)
    exchange_key = models.ForeignKey(
        ExchangeAPIKey, on_delete=models.PROTECT, related_name="bots", verbose_name=_("exchange key")
    )
    symbols = models.JSONField(_("symbols"), default=list)
    strategy = models.CharField(_("strategy"), max_length=40, default="buy_below_average")
    parameters = models.JSONField(_("parameters"), default=dict)
    capital = ExactDecimalField(_("capital"))
    capital_currency = models.CharField(
        _("capital currency"), max_length=10, choices=Currency.choices, default=Currency.BRL
    )
    interval_seconds = models.PositiveIntegerField(_("interval in seconds"), default=5)
    max_open_trades = models.PositiveIntegerField(_("open trades at most"), default=1)
    take_profit_percent = ExactDecimalField(_("take profit (%)"), null=True, blank=True)
    stop_loss_percent = ExactDecimalField(_("stop loss (%)"), null=True, blank=True)
    trailing_stop_percent = ExactDecimalField(_("trailing stop (%)"), null=True, blank=True)

    status = models.CharField(
        _("status"), max_length=10, choices=BotStatus.choices, default=BotStatus.STOPPED
    )
    pause_code = models.CharField(_("pause code"), max_length=40, default="", blank=True)
    closing = models.BooleanField(_("closing all trades"), default=False)
    next_run_at = models.DateTimeField(_("next run at"), null=True)
    last_run_at = models.DateTimeField(_("last run at"), null=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("bot")
        verbose_name_plural = _("bots")
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["status", "next_run_at"]),
            models.Index(fields=["owner", "deleted_at"]),
            models.Index(fields=["updated_at"], name="bot_changes"),
        ]

    def __str__(self) -> str:
        return self.name


class PastCapital(Owned):
    """What a bot had as capital until its owner changed it, or moved the bot to another exchange or other money.

    For whoever compares results with the capital of their time.
    """

    bot = models.ForeignKey(BotConfiguration, on_delete=models.CASCADE, related_name="past_capitals")
    until = models.DateTimeField(_("until"))
    capital = ExactDecimalField(_("capital"))
    capital_currency = models.CharField(_("capital currency"), max_length=10, choices=Currency.choices)
    # Of the key that the bot had then; empty where it was that of what the bot had next.
    exchange = models.CharField(_("exchange"), max_length=20, default="", blank=True)
    environment = models.CharField(_("environment"), max_length=10, default="", blank=True)

    class Meta:
        verbose_name = _("past capital")
        verbose_name_plural = _("past capitals")
        ordering = ["bot", "until"]

    def __str__(self) -> str:
        return f"{self.capital} {self.capital_currency}"


class EventLevel(models.TextChoices):
    INFO = "info", _("information")
    WARNING = "warning", _("warning")
    ERROR = "error", _("error")


class BotEvent(Owned):
    """Something of a bot's life that its owner should be able to read later; `kind` names a text in `wording`."""

    bot = models.ForeignKey(BotConfiguration, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(_("at"), default=timezone.now)
    level = models.CharField(_("level"), max_length=7, choices=EventLevel.choices, default=EventLevel.INFO)
    kind = models.CharField(_("kind"), max_length=40)
    symbol = models.CharField(_("symbol"), max_length=30, default="", blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["bot", "-at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.symbol}"
