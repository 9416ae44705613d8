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
    first: what lies before a deep page is counted off in an index, without its columns and joins. A view that names
    `row_columns` gets tuples of them instead of models.
    """

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any] | None:
        size = self.get_page_size(request)
        number = self._number_of(request, queryset, size or 1)
        if not size or not number or not isinstance(queryset, QuerySet):
            return super().paginate_queryset(queryset, request, view)
        rows = _read_page(queryset, size, number, getattr(view, "row_columns", ()))
        if not rows and number > 1:
            # Beyond the last page, which is for the framework's own words.
            return super().paginate_queryset(queryset, request, view)
        self.request = request
        self.page = _page_of(rows, number, size)
        return rows

    def _number_of(self, request: Request, queryset: Any, size: int) -> int | None:
        """None for what is no number."""
        text = request.query_params.get(self.page_query_param) or "1"
        if text in self.last_page_strings:
            return max(1, -(-int(queryset.count()) // size))
        return int(text) if _is_positive(text) else None

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


def _read_page(queryset: QuerySet[Any], size: int, number: int, columns: Sequence[str]) -> list[Any]:
    """The rows of this page, each with the count of all pages' rows; tuples that end with it where columns are named."""
    first = (number - 1) * size
    ids = queryset.values("pk")[first : first + size]
    rows = only_with_ids(queryset, ids).annotate(**{COUNT: _count_of(queryset)})
    return list(rows.values_list(*columns, COUNT)) if columns else list(rows)


def _count_of(queryset: QuerySet[Any]) -> Subquery:
    # Not Count(): an aggregate would group the rows by what they are ordered by.
    counted = Func(template="COUNT(*)", output_field=IntegerField())
    return Subquery(queryset.order_by().annotate(**{COUNT: counted}).values(COUNT))


def _page_of(rows: list[Any], number: int, size: int) -> Page[Any]:
    paginator: Any = Paginator(rows, size)
    paginator.count = _read_count(rows[0]) if rows else 0
    return Page(rows, number, paginator)


def _read_count(row: Any) -> int:
    return int(row[-1] if isinstance(row, tuple) else getattr(row, COUNT))


def _is_positive(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0
