from django.apps import AppConfig


class BotsConfig(AppConfig):
    name = "bots"

    def ready(self) -> None:
        from bots import events  # noqa: F401 -- connects the ledger's signal
        from bots.key_use import is_key_needed
        from users import key_usage

        key_usage.register(is_key_needed)
