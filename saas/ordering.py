"""`?ordering=`: only by the fields that a view names, and always to the last row the same."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request


class StrictOrderingFilter(OrderingFilter):
    """Orders by the view's `ordering_fields` (none by default). Anything else is a 400, not silently ignored."""

    ordering_fields = ()

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        ordering = self.get_ordering(request, queryset, view)
        # The primary key breaks ties: rows with equal values must not move between pages.
        return queryset.order_by(*ordering, "-pk") if ordering else queryset

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Any, view: Any, request: Request
    ) -> list[str]:
        terms = [str(term) for term in fields]
        valid: list[str] = super().remove_invalid_fields(queryset, terms, view, request)
        unknown = [term for term in terms if term not in valid]
        if unknown:
            message = _("Unknown ordering: {terms}.").format(terms=", ".join(unknown)[:100])
            raise ValidationError({self.ordering_param: [message]})
        return valid

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = [str(name) for name in getattr(view, "ordering_fields", ())]
        if not names:
            return []
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        parameters[0]["schema"]["enum"] = [*names, *(f"-{name}" for name in names)]
        return parameters
