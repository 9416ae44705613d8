from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BotsConfig(AppConfig):
    name = "bots"
    verbose_name = _("Bots")

    def ready(self) -> None:
        from bots import events, halt_events  # noqa: F401 -- connects the ledger's signals
        from bots.key_use import is_key_needed
        from bots.metrics import count_bots
        from saas import metrics
        from users import key_usage

        key_usage.register(is_key_needed)
        metrics.register(count_bots)
