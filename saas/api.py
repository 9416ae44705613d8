"""What every app's views and serializers are built from: rows only through the tenancy door, exact amounts."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django_filters.fields import ModelChoiceField
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request

from saas.exact_decimal import DECIMAL_PLACES, MAX_DIGITS, plain
from saas.tenancy import Owned, OwnedQuerySet


class OwnedViewSet(viewsets.GenericViewSet[Any]):
    """Views over the signed-in user's rows only. A stranger's, a missing and a malformed id are all a 404.

    Set `queryset` to the model's whole queryset; it is narrowed here and nowhere else.
    """

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        if not isinstance(queryset, OwnedQuerySet):
            raise TypeError(f"{type(self).__name__}.queryset does not come from saas.tenancy")
        return queryset.owned_by(self.request.user)

    def get_object(self) -> Any:
        try:
            return super().get_object()
        except (ValueError, TypeError, OverflowError):
            raise Http404 from None


class OwnedReadOnlyViewSet(mixins.RetrieveModelMixin, mixins.ListModelMixin, OwnedViewSet):
    pass


class OwnedModelViewSet(
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    mixins.ListModelMixin,
    OwnedViewSet,
):
    """All five, with PATCH and without PUT. Override `perform_*` or the action to call a service."""

    http_method_names = ["get", "post", "patch", "delete", "head", "options"]


class OwnedRelatedField(serializers.PrimaryKeyRelatedField[Any]):
    """An id of a row of the signed-in user. A stranger's or a missing id is a 404; a wrong type is a 400."""

    def get_queryset(self) -> QuerySet[Any] | None:
        queryset = super().get_queryset()
        request: Request | None = self.context.get("request")
        if queryset is None or request is None:
            return queryset
        if not isinstance(queryset, OwnedQuerySet):
            raise TypeError(f"the queryset of {self.field_name} does not come from saas.tenancy")
        return queryset.owned_by(request.user)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool | float):
            self.fail("incorrect_type", data_type=type(data).__name__)
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            if error.get_codes() == ["does_not_exist"]:
                raise Http404 from None
            raise
        except OverflowError:
            raise Http404 from None


class _OwnedChoiceField(ModelChoiceField):  # type: ignore[misc]
    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if not str(value).isascii() or not str(value).isdigit():
            return super().to_python(value)
        # Python turns no more than some thousand digits into a number, and no id has twenty.
        row = self.queryset.filter(pk=value).first() if len(str(value)) < 20 else None
        if row is None:
            raise Http404
        return row


class OwnedFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]
    """`?bot=5`: a row of the signed-in user; a stranger's or a missing id is a 404, a malformed one a 400."""

    field_class = _OwnedChoiceField

    def __init__(self, model: type[Owned], **options: Any) -> None:
        options.setdefault("queryset", _rows_of(model))
        super().__init__(**options)


def _rows_of(model: type[Owned]) -> Callable[[HttpRequest | None], QuerySet[Any]]:
    def rows(request: HttpRequest | None) -> QuerySet[Any]:
        return model.objects.owned_by(getattr(request, "user", None))

    return rows


class AmountField(serializers.DecimalField):
    """An exact amount: a Decimal inside, the shortest plain text outside ("20", "0.00018"). Limits are inclusive."""

    def __init__(
        self, *, minimum: Decimal | int | None = None, maximum: Decimal | int | None = None, **options: Any
    ) -> None:
        super().__init__(MAX_DIGITS, DECIMAL_PLACES, min_value=minimum, max_value=maximum, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        if (isinstance(data, str) and not data.isascii()) or "_" in str(data):
            self.fail("invalid")
        return super().to_internal_value(data)

    def quantize(self, value: Decimal) -> Decimal:
        # The precision has been validated; padding with zeros to 18 places would only lengthen it.
        return value

    def to_representation(self, value: Any) -> str:
        return plain(value if isinstance(value, Decimal) else Decimal(str(value)))
