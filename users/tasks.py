"""Tasks: interfaces only, each calls one function."""

from threading import BoundedSemaphore
from typing import Any

import structlog
from celery import shared_task

from saas.clock import utc_now
from users import password_reset, tokens

log = structlog.get_logger(__name__)

# A mail server that does not answer must not hold the threads that bots need: of each process it holds one at most.
mail_turn = BoundedSemaphore(1)
MAIL_TRIES = 4
MAIL_PAUSE_SECONDS = 20
MAIL_TURN_SECONDS = 2


@shared_task(name="users.tasks.forget_expired_tokens")
def forget_expired_tokens() -> None:
    """Hourly: each refresh leaves an id behind, which is needed only until its token expires."""
    tokens.forget_expired(utc_now())


@shared_task(name=password_reset.TASK, bind=True, max_retries=None)
def send_password_reset(task: Any, user_id: int, tried: int = 0) -> None:
    """The e-mail with the link; tried again for a while where the mail server refuses or cannot be reached."""
    if user_id == password_reset.NOBODY:
        return
    if not mail_turn.acquire(blocking=False):
        raise task.retry(args=(user_id, tried), countdown=MAIL_TURN_SECONDS)
    try:
        password_reset.send_link(user_id)
    except OSError as error:
        log.warning("e-mail could not be sent", user=user_id, reason=type(error).__name__, tried=tried + 1)
        if tried + 1 < MAIL_TRIES:
            raise task.retry(args=(user_id, tried + 1), countdown=MAIL_PAUSE_SECONDS * 2**tried) from None
    finally:
        mail_turn.release()
