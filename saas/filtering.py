"""`?name=value` narrows a list by the view's filters."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request


class NamedFilters(DjangoFilterBackend):  # type: ignore[misc]  # django-filter has no types
    """The package's own, except that a call which names no filter does not build a form of them all."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filters = getattr(view, "filterset_class", None)
        if filters is not None and filters.base_filters.keys().isdisjoint(request.query_params):
            return queryset
        narrowed: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return narrowed
