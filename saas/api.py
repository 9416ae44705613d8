"""What every app's views and serializers are built from: rows only through the tenancy door, exact amounts."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
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

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        narrowed = super().filter_queryset(queryset)
        if self.paginator is None:
            self._refuse_others_rows()
        return narrowed

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        if not page:
            self._refuse_others_rows()
        return page

    def _refuse_others_rows(self) -> None:
        """Of a list with anything in it, the rows that it was narrowed by have its owner; only an empty one is asked."""
        filters = getattr(self, "filterset_class", None)
        for name, narrowing in filters.base_filters.items() if filters else ():
            if isinstance(narrowing, OwnedFilter) and (text := self.request.query_params.get(name)):
                narrowing.refuse_others(self.request.user, text)

    def get_object(self) -> Any:
        if not _is_written_as_id(self.kwargs["pk"]):
            raise Http404
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
        if isinstance(data, bool | float) or (isinstance(data, str) and not _is_written_as_id(data)):
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
        if not _is_written_as_id(str(value)):
            return super().to_python(value)
        # Python turns no more than some thousand digits into a number, and no id has nineteen.
        if len(str(value)) >= 19:
            raise Http404
        return self.queryset.model(pk=int(value))


def _is_written_as_id(text: str) -> bool:
    """Python also takes other alphabets' digits, "+3", "1_0" and " 3" for numbers: a row has one address, not many."""
    return text.isascii() and text.isdigit()


class OwnedFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]
    """`?bot=5`: a row of the signed-in user; a stranger's or a missing id is a 404, a malformed one a 400.

    Whose the row is, is asked by `OwnedViewSet` where the list does not tell it already.
    """

    field_class = _OwnedChoiceField

    def __init__(self, model: type[Owned], **options: Any) -> None:
        self._model = model
        options.setdefault("queryset", model.objects.none())
        super().__init__(**options)

    def refuse_others(self, user: Any, text: str) -> None:
        """Raises Http404 unless the row is this user's. `text` has been found to be an id."""
        if not self._model.objects.owned_by(user).filter(pk=text).exists():
            raise Http404


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
