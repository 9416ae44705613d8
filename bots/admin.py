"""The operator's view of bots and their events. Starting and stopping goes through the same services as the owner's."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bots import services, user_admin  # noqa: F401 -- registers the page of users anew
from bots.look_times import last_looks, next_look
from bots.models import BotConfiguration, BotEvent
from bots.wording import describe_event, describe_pause
from saas.clock import utc_now
from saas.errors import AppError
from trades import halting
from trades.halt_admin import ReasonForm, read_reason
from trades.halt_texts import name_block
from trades.halts import find_block
from trades.read_only_admin import ReadOnlyAdmin
from users.models import User

Service = Callable[[BotConfiguration, datetime], BotConfiguration]


@admin.register(BotConfiguration)
class BotAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "owner",
        "exchange_key",
        "status",
        "paused_because",
        "closing",
        "symbols",
        "capital",
        "capital_currency",
        "interval_seconds",
        "last_look",
        "next_look",
        "deleted_at",
    )
    list_select_related = ("owner", "exchange_key")
    list_filter = ("status", "closing", "strategy", "exchange_key__exchange", "exchange_key__environment")
    search_fields = ("name", "owner__email")
    actions = ("start", "stop", "halt", "resume", "sell_everything")
    action_form = ReasonForm
    readonly_fields = ("entries_halted",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BotConfiguration]:
        secret = ("exchange_key__ciphertext", "exchange_key__fingerprint")
        return super().get_queryset(request).select_related("owner", "exchange_key").defer(*secret)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may change bots may start and stop them; their configuration is the owner's alone."""
        return bool(request.user.has_perm("bots.change_botconfiguration"))

    @admin.display(description=_("paused because"))
    def paused_because(self, bot: BotConfiguration) -> str:
        return describe_pause(bot.pause_code) if bot.pause_code else ""

    @admin.display(description=_("new entries are stopped"))
    def entries_halted(self, bot: BotConfiguration) -> str:
        block = find_block(bot)
        return "" if block is None else name_block(block)

    @admin.display(description=_("last look at the market"))
    def last_look(self, bot: BotConfiguration) -> datetime | None:
        return last_looks([bot], utc_now()).get(bot.pk) if bot.owner.is_active else bot.last_run_at

    @admin.display(description=_("next look at the market"))
    def next_look(self, bot: BotConfiguration) -> datetime | None:
        return next_look(bot, utc_now()) if bot.owner.is_active else None

    @admin.action(description=_("Start the selected bots"), permissions=["operate"])
    def start(self, request: HttpRequest, bots: QuerySet[BotConfiguration]) -> None:
        self._apply(request, bots, services.start_bot)

    @admin.action(description=_("Stop the selected bots"), permissions=["operate"])
    def stop(self, request: HttpRequest, bots: QuerySet[BotConfiguration]) -> None:
        self._apply(request, bots, services.stop_bot)

    @admin.action(description=_("Stop new entries of the selected bots"), permissions=["operate"])
    def halt(self, request: HttpRequest, bots: QuerySet[BotConfiguration]) -> None:
        operator, reason = cast("User", request.user), read_reason(request)
        for bot in bots:
            halting.halt_as_operator(halting.bot_target(bot), operator, reason, utc_now())
        self._tell(request, len(bots))

    @admin.action(description=_("Allow new entries of the selected bots again"), permissions=["operate"])
    def resume(self, request: HttpRequest, bots: QuerySet[BotConfiguration]) -> None:
        """The owners' own halts stay; they are lifted on the page of halts."""
        self._tell(request, sum(halting.resume_as_operator(halting.bot_target(bot)) for bot in bots))

    @admin.action(description=_("Sell everything of the selected bots"), permissions=["operate"])
    def sell_everything(self, request: HttpRequest, bots: QuerySet[BotConfiguration]) -> None:
        self._apply(request, bots, services.request_close_all)

    def _tell(self, request: HttpRequest, count: int) -> None:
        self.message_user(request, gettext("Done for bots: {count}.").format(count=count))

    def _apply(self, request: HttpRequest, bots: QuerySet[BotConfiguration], service: Service) -> None:
        done = 0
        for bot in bots:
            try:
                service(bot, utc_now())
            except (AppError, Http404) as error:
                self.message_user(request, f"{bot}: {_explain(error)}", messages.WARNING)
            else:
                done += 1
        if done:
            self._tell(request, done)


@admin.register(BotEvent)
class BotEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "owner", "bot", "level", "symbol", "message")
    list_select_related = ("owner", "bot")
    list_filter = ("level", "kind")
    search_fields = ("owner__email", "bot__name", "symbol")

    @admin.display(description=_("message"))
    def message(self, event: BotEvent) -> str:
        return describe_event(event.kind, {**event.details, "symbol": event.symbol})


def _explain(error: AppError | Http404) -> str:
    if isinstance(error, Http404):
        return gettext("the bot was deleted.")
    fields: dict[str, Any] = dict(error.fields or {})
    texts = [str(message) for messages_of_field in fields.values() for message in messages_of_field]
    return " ".join(texts) or str(error.detail)
