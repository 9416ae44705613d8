"""The one door to a user's data.

Every model that belongs to a user has an `owner` and takes its manager from here. Whatever answers a user's request
reaches rows through `owned_by(user)`, so that a stranger's id is simply not there: a 404, the same as an id that never
existed. `saas.api` has the views and fields built on it.
"""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OwnedQuerySet(models.QuerySet[Any]):
    def owned_by(self, user: Any) -> Self:
        """The rows of this user; none for anybody who is not signed in."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(owner_id=user.pk)


OwnedManager = models.Manager.from_queryset(OwnedQuerySet)


class Owned(models.Model):
    """A row that belongs to exactly one user."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("owner"),
    )

    objects = OwnedManager()

    class Meta:
        abstract = True
