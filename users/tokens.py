"""Pairs of tokens: a short access token, and a refresh token that is good for exactly one refresh.

What the database keeps of a refresh token is its id, never the token: reading the table signs nobody in. Both carry what
ends them before their time: a hash of the password, and how often the user has ended all of their sign-ins.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import BlacklistMixin, RefreshToken, Token
from rest_framework_simplejwt.utils import datetime_from_epoch, get_md5_hash_password

from saas.errors import Unauthenticated
from users.models import User

ENDED_CLAIM = "ended"


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str = field(repr=False)
    refresh: str = field(repr=False)


class TokenRefused(Unauthenticated):
    code = "token_not_valid"
    detail = _("The token is not valid any more. Sign in again.")


class SignedToken(RefreshToken):
    """A refresh token whose signature, type and time are checked on reading; whether it is spent, on spending."""

    def check_blacklist(self) -> None:
        """Left to `spend`, whose answer also holds between simultaneous calls."""


def issue_pair(user: User) -> TokenPair:
    """A new pair for an active user; its refresh token's id is recorded so that it can be spent."""
    # Past the mixin's own for_user, which would store the token itself.
    refresh: Any = super(BlacklistMixin, SignedToken).for_user(user)
    refresh[ENDED_CLAIM] = user.sign_ins_ended
    OutstandingToken.objects.create(
        user=user,
        jti=refresh[api_settings.JTI_CLAIM],
        token="",
        created_at=refresh.current_time,
        expires_at=datetime_from_epoch(refresh["exp"]),
    )
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh))


def rotate_pair(raw_refresh: str) -> TokenPair:
    """Spend a refresh token for a new pair. Of simultaneous calls one wins; the others, and everybody whose account is
    gone, inactive or has another password since, get TokenRefused."""
    token = _read(raw_refresh)
    with transaction.atomic():
        user = _active_owner(token)
        if user is None or not _spend(token):
            raise TokenRefused
        return issue_pair(user)


def end_refresh(raw_refresh: str) -> None:
    """Spend a refresh token for nothing; one that is spent or expired is no error. Raises TokenRefused for a forgery."""
    try:
        token = SignedToken(raw_refresh)  # type: ignore[arg-type]  # the stub wants a token to make one from a text
    except ExpiredTokenError:
        return
    except TokenError:
        raise TokenRefused from None
    with transaction.atomic():
        _spend(token)


def end_all(user: User) -> None:
    """End every token of the user at once, those of calls that are under way included."""
    User.objects.filter(pk=user.pk).update(sign_ins_ended=F("sign_ins_ended") + 1)


def is_ended(token: Token, user: User) -> bool:
    """Whether the user has ended all sign-ins since the token was issued."""
    return bool(token.get(ENDED_CLAIM, 0) != user.sign_ins_ended)


def forget_expired(now: datetime) -> int:
    """Delete the ids of refresh tokens that time has ended, spent or not; how many."""
    return (
        OutstandingToken.objects.filter(expires_at__lte=now).delete()[1].get(OutstandingToken._meta.label, 0)
    )


def _read(raw: str) -> SignedToken:
    try:
        return SignedToken(raw)  # type: ignore[arg-type]
    except TokenError:
        raise TokenRefused from None


def _active_owner(token: Token) -> User | None:
    user = User.objects.filter(pk=token.get(api_settings.USER_ID_CLAIM), is_active=True).first()
    if user is None or token.get(api_settings.REVOKE_TOKEN_CLAIM) != get_md5_hash_password(user.password):
        return None
    return None if is_ended(token, user) else user


def _spend(token: Token) -> bool:
    """Whether this call is the one that spent it: a unique row is inserted, which only one can do."""
    outstanding = OutstandingToken.objects.filter(jti=token[api_settings.JTI_CLAIM]).first()
    if outstanding is None:
        return False
    return BlacklistedToken.objects.get_or_create(token=outstanding)[1]
