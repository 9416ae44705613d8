"""Pages for the operator to look at rows that only the platform itself writes."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnly:
    """For ModelAdmin and inlines: everything can be seen, nothing added, changed or deleted, superusers included."""

    def has_add_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    # Counting all rows a second time is slow on long histories.
    show_full_result_count = False
    list_per_page = 100
