from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradesConfig(AppConfig):
    name = "trades"
    verbose_name = _("Trades")

    def ready(self) -> None:
        from saas import metrics
        from trades.metrics import count_differences, count_halts, count_orders

        metrics.register(count_orders)
        metrics.register(count_differences)
        metrics.register(count_halts)
