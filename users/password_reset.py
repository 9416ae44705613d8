"""A forgotten password: a link by e-mail, with Django's own token, and the new password in exchange for it.

Whoever asks learns nothing about who has an account: the answer is the same, and so is the work it takes, because the
rest happens in a task. The message to the task names the user and holds no secret; the token is made where the e-mail
is, and is good once: setting the password, and signing in, changes what it was made from.
"""

from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from saas.celery import send_message
from saas.errors import Invalid
from users.accounts import refuse_weak
from users.models import User

log = structlog.get_logger(__name__)

PAGE = "reset_password"
NOBODY = 0
TASK = "users.tasks.send_password_reset"
# A link that comes later than that is not waited for any more.
LINK_ASKED_SECONDS = 900


class LinkRefused(Invalid):
    code = "reset_link_not_valid"
    detail = gettext_lazy("This link is used up or too old. Ask for a new one.")


def ask_for_link(email: str) -> None:
    """Have a link sent to whoever has this address. A message is sent for nobody, too: it takes as long.

    Raises Unavailable while no message can be sent.
    """
    users = User.objects.filter(email=User.objects.normalize_login(email), is_active=True)
    user_id = users.values_list("pk", flat=True).first() or NOBODY
    send_message(TASK, user_id, expires=LINK_ASKED_SECONDS)


def send_link(user_id: int) -> None:
    """E-mail the user a link that sets a new password. Raises OSError (SMTPException is one) if it cannot be sent."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not user.has_usable_password():
        return
    with translation.override(user.language):
        message = EmailMessage(_("Set a new password for Cardume"), _text(user), to=[user.email])
    message.send()
    log.info("password reset link sent", user=user.pk)


def set_password(uid: str, token: str, new: str) -> None:
    """Set a new password, which ends every token issued before. Raises LinkRefused, or Invalid with the password's faults.

    Of simultaneous calls with one token, one wins. Whatever was halted stays so.
    """
    user = _user_of(uid)
    if user is None or not default_token_generator.check_token(user, token):
        raise LinkRefused
    refuse_weak(new, user, "new_password")
    unchanged = User.objects.filter(
        pk=user.pk, password=user.password, last_login=user.last_login, is_active=True
    )
    if not unchanged.update(password=make_password(new)):
        raise LinkRefused
    log.info("password reset", user=user.pk)


def _text(user: User) -> str:
    minutes = settings.PASSWORD_RESET_TIMEOUT // 60
    paragraphs = [
        _("Somebody, probably you, asked for a new password for your account {email}.").format(
            email=user.email
        ),
        _("Set it here. The link works once, for {minutes} minutes:").format(minutes=minutes),
        _link(user),
        _(
            "If it was not you, do nothing: your password stays as it is. "
            "Nobody at Cardume will ever ask you for your password or for this link."
        ),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _link(user: User) -> str:
    """The secret stands behind `#`, which a browser sends to nobody: it reaches no server's log and no other site."""
    secret = {
        "uid": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
        "language": user.language,
    }
    return f"{settings.DASHBOARD_URL}/{PAGE}#{urlencode(secret)}"


def _user_of(uid: str) -> User | None:
    try:
        user_id = int(urlsafe_base64_decode(uid))
    except ValueError:
        return None
    # No id has nineteen digits, and databases refuse to look for one.
    return User.objects.filter(pk=user_id, is_active=True).first() if user_id < 10**18 else None
