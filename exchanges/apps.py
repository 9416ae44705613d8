from django.apps import AppConfig


class ExchangesConfig(AppConfig):
    name = "exchanges"

    def ready(self) -> None:
        from exchanges.metrics import count_weights
        from saas import metrics

        metrics.register(count_weights)
