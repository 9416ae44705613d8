"""Who uses Cardume, and the exchange keys they entrust to it."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchanges.domain import Environment, Venue
from saas.tenancy import Owned
from users.key_texts import describe


class Language(models.TextChoices):
    PORTUGUESE = "pt-br", _("Portuguese (Brazil)")
    ENGLISH = "en", _("English")


class Currency(models.TextChoices):
    """What amounts are shown in; each is an asset that the exchanges have a rate for."""

    BRL = "BRL", _("Brazilian real (BRL)")
    USDT = "USDT", _("Tether dollar (USDT)")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_login(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=self.normalize_login(username or ""))

    @staticmethod
    def normalize_login(email: str) -> str:
        return email.strip().lower()


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("e-mail"), unique=True)
    language = models.CharField(
        _("language"), max_length=5, choices=Language.choices, default=Language.PORTUGUESE
    )
    display_currency = models.CharField(
        _("display currency"), max_length=10, choices=Currency.choices, default=Currency.BRL
    )
    is_staff = models.BooleanField(_("operator"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined at"), default=timezone.now, editable=False)
    # How often all of the user's sign-ins were ended at once; tokens of an earlier number are dead.
    sign_ins_ended = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = User.objects.normalize_login(self.email)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What the admin's sessions are bound to: the password, and since they were ended, how often that was."""
        own: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]  # the stubs leave it out
        return f"{own}:{self.sign_ins_ended}" if self.sign_ins_ended else own


class KeyState(models.TextChoices):
    UNCHECKED = "unchecked", _("not checked yet")
    VALID = "valid", _("valid")
    REFUSED = "refused", _("refused")
    INVALID = "invalid", _("invalid")
    UNDECRYPTABLE = "undecryptable", _("cannot be decrypted")


class ExchangeAPIKey(Owned):
    """One user's key at one exchange. The secrets are in `ciphertext` only, bound to their owner; see encryption.

    A deleted key keeps its row, for the orders that were placed with it, but not its ciphertext. Why it is in its state
    is a code with values (`key_texts` has the words), so that each reader gets it in their own language.
    """

    exchange = models.CharField(_("exchange"), max_length=20)
    environment = models.CharField(
        _("environment"), max_length=10, choices=[(e.value, e.value) for e in Environment]
    )
    label = models.CharField(_("label"), max_length=60)
    ciphertext = models.TextField(editable=False, default="")
    masked = models.CharField(_("API key"), max_length=12, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False)
    state = models.CharField(
        _("state"), max_length=15, choices=KeyState.choices, default=KeyState.UNCHECKED, editable=False
    )
    state_code = models.CharField(max_length=40, default="", blank=True, editable=False)
    state_values = models.JSONField(default=dict, blank=True, editable=False)
    permissions = models.JSONField(_("permissions"), default=dict, blank=True, editable=False)
    balances = models.JSONField(_("balances"), default=dict, blank=True, editable=False)
    checked_at = models.DateTimeField(_("checked at"), null=True, editable=False)
    halted_at = models.DateTimeField(_("halted at"), null=True, editable=False)
    halt_reason = models.CharField(_("halt reason"), max_length=300, default="", blank=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("exchange key")
        verbose_name_plural = _("exchange keys")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "exchange", "environment", "fingerprint"],
                condition=models.Q(deleted_at=None),
                name="key_once_per_owner",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.masked}"

    @property
    def venue(self) -> Venue:
        return Venue(self.exchange, Environment(self.environment))

    @property
    def state_detail(self) -> str:
        """Why the key is in its state, in the active language; empty where the state says it all."""
        return describe(self.state_code, self.state_values)

    @property
    def halt_text(self) -> str:
        """Why the key is halted, in the active language; a reason that is no known code is shown as it is."""
        return describe(self.halt_reason, {})


class Installation(models.Model):
    """Whose database this is; one row. See `users.installation`."""

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY)
    installation_id = models.CharField(max_length=20)
    proof = models.TextField(help_text="A known text, encrypted; whoever can read it has the keys.")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_installation")]

    def __str__(self) -> str:
        return self.installation_id
