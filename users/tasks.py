"""Tasks: interfaces only, each calls one function."""

from celery import shared_task

from saas.clock import utc_now
from users import tokens


@shared_task(name="users.tasks.forget_expired_tokens")
def forget_expired_tokens() -> None:
    """Hourly: each refresh leaves an id behind, which is needed only until its token expires."""
    tokens.forget_expired(utc_now())
