"""The operator's kill switches: what is halted, halting something new, and allowing entries again."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exchanges.domain import Environment
from saas.clock import utc_now
from trades import halting
from trades.domain import HaltScope
from trades.halting import PLATFORM, Target, bot_target, exchange_target, user_target
from trades.models import Halt
from trades.read_only_admin import ReadOnlyAdmin


class ReasonForm(ActionForm):
    """Beside the choice of an action: why, for the users whom it concerns."""

    reason = forms.CharField(label=_("Reason, shown to the users"), max_length=300, required=False)


def read_reason(request: HttpRequest) -> str:
    """What was typed beside the action; empty where it is too long to have been typed there."""
    form = ReasonForm(request.POST)
    form.fields["action"].required = False
    form.is_valid()
    return str(form.cleaned_data.get("reason", ""))


class HaltForm(forms.ModelForm):  # type: ignore[type-arg]
    exchange = forms.ChoiceField(
        label=_("exchange"),
        required=False,
        choices=lambda: [("", "–"), *((name, name.capitalize()) for name in settings.EXCHANGES)],
    )
    environment = forms.ChoiceField(
        label=_("environment"),
        required=False,
        choices=[("", _("all")), *((each.value, each.value) for each in Environment)],
    )

    class Meta:
        model = Halt
        fields = ("scope", "exchange", "environment", "owner", "bot", "reason")

    def clean(self) -> dict[str, Any]:
        """What is named must be what is to be halted, and that alone."""
        data = super().clean() or {}
        needed = {HaltScope.EXCHANGE: "exchange", HaltScope.USER: "owner", HaltScope.BOT: "bot"}
        scope = data.get("scope")
        for halted, name in needed.items():
            if scope == halted and not data.get(name):
                self.add_error(name, _("Say which."))
            if scope and scope != halted and data.get(name):
                self.add_error(name, _("Leave this empty for what is to be halted."))
        return data

    def target(self) -> Target:
        data = self.cleaned_data
        match data["scope"]:
            case HaltScope.EXCHANGE:
                return exchange_target(data["exchange"], data["environment"])
            case HaltScope.USER:
                return user_target(data["owner"])
            case HaltScope.BOT:
                return bot_target(data["bot"])
            case _:
                return PLATFORM


@admin.register(Halt)
class HaltAdmin(ReadOnlyAdmin):
    """What is halted here stays what it is: it is lifted, and halted anew."""

    form = HaltForm
    raw_id_fields = ("owner", "bot")
    list_display = (
        "halted_at",
        "scope",
        "exchange",
        "environment",
        "owner",
        "bot",
        "by_operator",
        "reason",
        "halted_by",
    )
    list_select_related = ("owner", "bot", "halted_by")
    list_filter = ("scope", "by_operator")
    search_fields = ("owner__email", "bot__name", "exchange", "reason")
    actions = ("allow_entries",)

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return request.user.has_perm("trades.add_halt")

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("trades.delete_halt")

    def save_model(self, request: HttpRequest, obj: Halt, form: Any, _change: bool) -> None:
        user: Any = request.user
        halt = halting.halt_as_operator(form.target(), user, form.cleaned_data["reason"], utc_now())
        obj.pk, obj.halted_at = halt.pk, halt.halted_at

    @admin.action(description=_("Allow new entries again"), permissions=["lift"])
    def allow_entries(self, request: HttpRequest, halts: QuerySet[Halt]) -> None:
        lifted = halting.lift_as_operator(halts)
        self.message_user(request, gettext("Halts that were lifted: {count}.").format(count=lifted))
