"""What the list of bots can be narrowed by. A stranger's key is a 404, an unknown value a 400."""

import django_filters

from bots.models import BotConfiguration, BotStatus
from saas.api import OwnedFilter
from users.models import ExchangeAPIKey


class BotFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    status = django_filters.ChoiceFilter(choices=BotStatus.choices)
    exchange_key = OwnedFilter(ExchangeAPIKey)

    class Meta:
        model = BotConfiguration
        fields: list[str] = []
