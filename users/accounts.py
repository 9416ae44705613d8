"""What people do with their account: sign up, sign in, change the password."""

from datetime import datetime

import structlog
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from saas.errors import Conflict, Invalid, Unauthenticated
from users.models import User
from users.tokens import TokenPair, end_all, issue_pair

log = structlog.get_logger(__name__)


def register(email: str, password: str, language: str, display_currency: str, now: datetime) -> User:
    """A new account. Raises Invalid with the password's faults, or for an e-mail that has an account."""
    login = User.objects.normalize_login(email)
    candidate = User(email=login, language=language, display_currency=display_currency, date_joined=now)
    refuse_weak(password, candidate, "password")
    if User.objects.filter(email=login).exists():
        raise _already_registered()
    candidate.set_password(password)
    try:
        with transaction.atomic():
            candidate.save(force_insert=True)
    except IntegrityError:
        raise _already_registered() from None
    log.info("user registered", user=candidate.pk)
    return candidate


def sign_in(email: str, password: str, now: datetime) -> TokenPair:
    """Raises Unauthenticated, the same and as slowly for an unknown e-mail, an inactive account, a wrong password."""
    user = authenticate(email=email, password=password)
    if not isinstance(user, User):
        log.info("log-in refused")
        raise Unauthenticated(gettext_lazy("E-mail or password is wrong."), code="wrong_credentials")
    User.objects.filter(pk=user.pk).update(last_login=now)
    log.info("user signed in", user=user.pk)
    return issue_pair(user)


def change_settings(user: User, **settings: str) -> None:
    """Set any of `language` and `display_currency`, as validated."""
    for name, value in settings.items():
        setattr(user, name, value)
    user.save(update_fields=list(settings))


def change_password(user: User, current: str, new: str) -> TokenPair:
    """Set a new password, which ends every token but the returned pair. Raises Invalid."""
    if not user.check_password(current):
        raise Invalid(fields={"current_password": [_("The password is wrong.")]})
    refuse_weak(new, user, "new_password")
    password = make_password(new)
    with transaction.atomic():
        changed = User.objects.filter(pk=user.pk, password=user.password).update(password=password)
        if not changed:
            raise Conflict(gettext_lazy("The password was changed somewhere else."), code="password_changed")
        user.password = password
        pair = issue_pair(user)
    log.info("password changed", user=user.pk)
    return pair


def log_out_everywhere(user: User) -> None:
    """End every sign-in of the user: here, in every other browser, in programs that hold a token, in the admin."""
    end_all(user)
    log.info("user logged out everywhere", user=user.pk)


def refuse_weak(password: str, user: User, field: str) -> None:
    """Raises Invalid, with the password's faults as those of `field`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={field: error.messages}) from None


def _already_registered() -> Invalid:
    return Invalid(fields={"email": [_("This e-mail has an account already.")]})
