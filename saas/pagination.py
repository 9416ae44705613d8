"""Lists in pages: `{count, next, previous, results}`."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Func, IntegerField, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from saas.narrowing import only_with_ids

COUNT = "rows_of_all_pages"


class Pages(PageNumberPagination):
    """50 rows a page; `page_size` asks for up to 200. A page that does not exist is a 404.

    A page and the exact count come from one statement, and so from one moment. The rows of a page are found by their ids
    first: what lies before a deep page is counted off in an index, without its columns and joins.
    """

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any] | None:
        size, number = self.get_page_size(request), request.query_params.get(self.page_query_param, "1")
        if not size or not _is_positive(number) or not isinstance(queryset, QuerySet):
            return super().paginate_queryset(queryset, request, view)
        rows = _read_page(queryset, size, int(number))
        if not rows and int(number) > 1:
            # Beyond the last page, which is for Django's own words.
            return super().paginate_queryset(queryset, request, view)
        self.request = request
        self.page = _page_of(rows, int(number), size)
        return rows

    def get_page_size(self, request: Request) -> int | None:
        asked = request.query_params.get("page_size", "")
        if asked and not _is_positive(asked):
            raise ValidationError({"page_size": [_("A whole number from 1 to 200.")]})
        return super().get_page_size(request)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        limits = {"page": {"minimum": 1}, "page_size": {"minimum": 1}}
        for parameter in parameters:
            parameter["schema"].update(limits.get(parameter["name"], {}))
        return parameters


def _read_page(queryset: QuerySet[Any], size: int, number: int) -> list[Any]:
    """The rows of this page, each with the count of all pages' rows."""
    first = (number - 1) * size
    ids = queryset.values("pk")[first : first + size]
    return list(only_with_ids(queryset, ids).annotate(**{COUNT: _count_of(queryset)}))


def _count_of(queryset: QuerySet[Any]) -> Subquery:
    # Not Count(): an aggregate would group the rows by what they are ordered by.
    counted = Func(template="COUNT(*)", output_field=IntegerField())
    return Subquery(queryset.order_by().annotate(**{COUNT: counted}).values(COUNT))


def _page_of(rows: list[Any], number: int, size: int) -> Page[Any]:
    paginator: Any = Paginator(rows, size)
    paginator.count = getattr(rows[0], COUNT) if rows else 0
    return Page(rows, number, paginator)


def _is_positive(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0
