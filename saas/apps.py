from django.apps import AppConfig


class SaasConfig(AppConfig):
    name = "saas"

    def ready(self) -> None:
        # Tasks are published by every process, so each needs the configured Celery as its current application.
        from saas import celery  # noqa: F401
