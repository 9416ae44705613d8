"""The operator's view of users and their keys. Nothing of a key's secrets is shown, and no key is entered here."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from users.keys import release_halt
from users.models import ExchangeAPIKey, User

# Their pages offer to edit what signs people in and out, and to read tokens.
admin.site.unregister(OutstandingToken)
admin.site.unregister(BlacklistedToken)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    list_display = (
        "email",
        "language",
        "display_currency",
        "is_active",
        "is_staff",
        "date_joined",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", "language")
    search_fields = ("email",)
    ordering = ("email",)
    readonly_fields = ("date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Settings"), {"fields": ("language", "display_currency")}),
        (
            _("Permissions"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),
    )


@admin.register(ExchangeAPIKey)
class ExchangeAPIKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = (
        "label",
        "owner",
        "masked",
        "exchange",
        "environment",
        "state",
        "checked_at",
        "halted_at",
        "deleted_at",
    )
    list_filter = ("exchange", "environment", "state")
    search_fields = ("owner__email", "label", "masked")
    fields = (
        "owner",
        "label",
        "masked",
        "exchange",
        "environment",
        "state",
        "details",
        "permissions",
        "balances",
        "checked_at",
        "halted_at",
        "halted_because",
        "created_at",
        "deleted_at",
    )
    readonly_fields = fields

    actions = ("allow_entries",)

    @admin.action(description=_("Allow entries again with the selected keys"), permissions=["operate"])
    def allow_entries(self, request: HttpRequest, queryset: QuerySet[ExchangeAPIKey]) -> None:
        """After the operator has looked into what halted them."""
        released = sum(release_halt(key) for key in queryset)
        self.message_user(request, _("Entries are allowed again with %(count)d keys.") % {"count": released})

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExchangeAPIKey]:
        # The ciphertext does not even leave the database.
        return super().get_queryset(request).select_related("owner").defer("ciphertext", "fingerprint")

    @admin.display(description=_("details"))
    def details(self, key: ExchangeAPIKey) -> str:
        return key.state_detail

    @admin.display(description=_("halt reason"))
    def halted_because(self, key: ExchangeAPIKey) -> str:
        return key.halt_text

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("users.change_exchangeapikey")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, *_: object) -> bool:
        return False

    def has_delete_permission(self, *_: object) -> bool:
        return False
