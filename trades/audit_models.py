"""What the audits of the order ledger found: one row for each audit of a key, and one for each difference there is."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from saas.tenancy import Owned
from users.models import ExchangeAPIKey


class Outcome(models.TextChoices):
    RUNNING = "running", _("running")
    AUDITED = "audited", _("audited")
    OWN_ROWS = "own_rows", _("own rows only: the key is deleted")
    NOT_AUDITED = "not_audited", _("not audited")


class AuditRun(Owned):
    """One audit of one key. When a key was last audited, and so when it is due, is read here."""

    exchange_key = models.ForeignKey(ExchangeAPIKey, on_delete=models.PROTECT, related_name="audit_runs")
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    since = models.DateTimeField(_("orders since"))
    outcome = models.CharField(
        _("outcome"), max_length=12, choices=Outcome.choices, default=Outcome.RUNNING.value
    )
    reason = models.CharField(_("reason"), max_length=300, default="", blank=True)
    orders = models.PositiveIntegerField(_("orders compared"), default=0)
    fills = models.PositiveIntegerField(_("fills compared"), default=0)
    differences = models.PositiveIntegerField(_("differences"), default=0)

    class Meta:
        verbose_name = _("audit")
        verbose_name_plural = _("audits")
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["exchange_key", "-started_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["exchange_key"], condition=Q(finished_at=None), name="one_audit_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.exchange_key_id} {self.started_at:%Y-%m-%d %H:%M} {self.outcome}"


class AuditDifference(Owned):
    """A difference between the ledgers, from when it was first found until an audit no longer found it."""

    exchange_key = models.ForeignKey(ExchangeAPIKey, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(AuditRun, on_delete=models.CASCADE, related_name="found", verbose_name=_("audit"))
    bot = models.ForeignKey("bots.BotConfiguration", on_delete=models.PROTECT, null=True, related_name="+")
    invariant = models.CharField(_("invariant"), max_length=2)
    kind = models.CharField(_("kind"), max_length=20)
    symbol = models.CharField(_("symbol"), max_length=30)
    client_order_id = models.CharField(_("client order id"), max_length=36, default="", blank=True)
    subject = models.CharField(_("fill, order or trade"), max_length=64, default="", blank=True)
    field = models.CharField(_("field"), max_length=30, default="", blank=True)
    ours = models.CharField(_("ours"), max_length=1_000, default="", blank=True)
    theirs = models.CharField(_("theirs"), max_length=1_000, default="", blank=True)
    happened_at = models.DateTimeField(_("of an order or trade of"))
    first_found_at = models.DateTimeField(_("first found at"))
    last_found_at = models.DateTimeField(_("last found at"))
    gone_at = models.DateTimeField(_("gone at"), null=True)

    class Meta:
        verbose_name = _("audit difference")
        verbose_name_plural = _("audit differences")
        ordering = ["-last_found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["exchange_key", "kind", "symbol", "client_order_id", "subject", "field"],
                name="difference_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.invariant} {self.kind} {self.symbol} {self.client_order_id}"
