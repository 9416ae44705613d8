"""What the operator can do for a user's bots, on the page of users."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bots import close_all
from bots.close_all import Outcome, Sale
from bots.models import BotConfiguration
from saas.clock import utc_now
from trades import halting
from trades.halt_admin import ReasonForm, read_reason
from trades.halting import user_target
from users.admin import UserAdmin
from users.models import User

admin.site.unregister(User)


@admin.register(User)
class TraderAdmin(UserAdmin):
    action_form = ReasonForm
    actions = ("halt", "resume", "sell_everything")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("users.change_user")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whether a user is active decides whether their bots run, and is noticed like a change of the bots."""
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data:
            BotConfiguration.objects.filter(owner=obj).update(updated_at=utc_now())

    @admin.action(description=_("Stop new entries of the selected users"), permissions=["operate"])
    def halt(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            operator = cast("User", request.user)
            halting.halt_as_operator(user_target(user), operator, read_reason(request), utc_now())
        self._tell(request, users.count())

    @admin.action(description=_("Allow new entries of the selected users again"), permissions=["operate"])
    def resume(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """The owners' own halts stay; they are lifted on the page of halts."""
        self._tell(request, sum(halting.resume_as_operator(user_target(user)) for user in users))

    @admin.action(description=_("Sell everything of the selected users"), permissions=["operate"])
    def sell_everything(self, request: HttpRequest, users: QuerySet[User]) -> None:
        sales = [(user, sale) for user in users for sale in close_all.request_all(user, utc_now())]
        for user, sale in sales:
            self._tell_sale(request, user, sale)
        if not sales:
            self.message_user(request, gettext("Nothing is held that could be sold."))

    def _tell(self, request: HttpRequest, count: int) -> None:
        self.message_user(request, gettext("Done for users: {count}.").format(count=count))

    def _tell_sale(self, request: HttpRequest, user: User, sale: Sale) -> None:
        level: Any = messages.WARNING if sale.outcome is Outcome.FAILED else messages.SUCCESS
        self.message_user(request, f"{user}, {sale.name}: {sale.detail}", level)
