"""Rows by ids that were found before."""

from typing import Any, TypeVar

from django.db.models import QuerySet
from django.db.models.sql.where import WhereNode

Rows = TypeVar("Rows", bound=QuerySet[Any])


def only_with_ids(rows: Rows, ids: Any) -> Rows:
    """The rows of a queryset with these ids, all of which must have met its conditions already (be taken from it).

    The conditions are left out: given both, a database may walk through everything that meets them instead.
    """
    found = rows.all()
    found.query.where = WhereNode()
    return found.filter(pk__in=ids)
