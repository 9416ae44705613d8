"""How often one user, address or account may ask, counted in Redis by all web processes together.

The rates are settings. A count is one atomic increment, so simultaneous requests cannot slip through together. When
Redis is down nothing is throttled: being unable to count must not lock everybody out.
"""

import hashlib
import ipaddress
import time
from typing import Any

import structlog
from django.views import View
from redis import RedisError
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from saas.redis import get_redis, key

log = structlog.get_logger(__name__)

PERIOD_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SECONDS_BETWEEN_WARNINGS = 60.0
_last_warning: dict[str, float] = {}


def parse_rate(rate: str) -> tuple[int, int]:
    """(calls, seconds) of a text like `60/min`."""
    calls, _, period = rate.partition("/")
    return int(calls), PERIOD_SECONDS[period[0]]


class Throttle(BaseThrottle):
    """Allows `rate` calls per period, which begins with the first call. Subclasses say who is counted."""

    scope = ""
    seconds_left = 0

    def identify(self, request: Request) -> str | None:
        """Whose calls these are; None to leave the call uncounted."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: View) -> bool:  # noqa: ARG002
        identity = self.identify(request)
        if identity is None:
            return True
        limit, period = parse_rate(str(api_settings.DEFAULT_THROTTLE_RATES[self.scope]))
        try:
            count, self.seconds_left = count_call(self.scope, identity, period)
        except RedisError as error:
            _warn_not_counting(error)
            return True
        return count <= limit

    def wait(self) -> float:
        return float(max(1, self.seconds_left))


def count_call(scope: str, identity: str, period: int) -> tuple[int, int]:
    """Count one call; (calls in this period, seconds until it ends)."""
    name = _name(scope, identity)
    pipeline = get_redis().pipeline(transaction=True)
    pipeline.set(name, 0, ex=period, nx=True)
    pipeline.incr(name)
    pipeline.ttl(name)
    _, count, seconds_left = pipeline.execute()
    return int(count), int(seconds_left)


def uncount_call(scope: str, identity: str) -> None:
    """Take a call back, within the period it was counted in."""
    name = _name(scope, identity)
    client = get_redis()
    if int(client.decr(name)) < 0:
        # The period had ended, and the decrement began one without an end.
        client.delete(name)


def _name(scope: str, identity: str) -> str:
    digest = hashlib.sha256(identity.encode()).hexdigest()[:32]
    return key(f"throttle:{scope}:{digest}")


def client_address(request: Request) -> str:
    """The caller's address; of IPv6 the network, since one household holds 2⁶⁴ addresses."""
    ident = str(BaseThrottle().get_ident(request) or "")
    try:
        address = ipaddress.ip_address(ident)
    except ValueError:
        return ident
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return ident


def email_of(request: Request) -> str | None:
    """The e-mail that a request names, written as accounts are; None where it names none."""
    data: Any = request.data
    email = data.get("email") if isinstance(data, dict) else None
    return email.strip().lower() if isinstance(email, str) else None


def _warn_not_counting(error: RedisError) -> None:
    now = time.monotonic()
    if now - _last_warning.get("redis", float("-inf")) > SECONDS_BETWEEN_WARNINGS:
        _last_warning["redis"] = now
        log.warning("throttling is off: Redis cannot be asked", reason=type(error).__name__)


class UserThrottle(Throttle):
    """Per signed-in user, else per address."""

    def identify(self, request: Request) -> str | None:
        user = request.user
        return f"user:{user.pk}" if user and user.is_authenticated else client_address(request)


class CallThrottle(UserThrottle):
    scope = "calls"


class ExchangeCheckThrottle(UserThrottle):
    """For calls that make us ask an exchange on the user's behalf."""

    scope = "exchange-check"


class RegisterThrottle(Throttle):
    scope = "register"

    def identify(self, request: Request) -> str | None:
        return client_address(request)


class LoginThrottle(Throttle):
    scope = "login"

    def identify(self, request: Request) -> str | None:
        return client_address(request)


class PasswordResetThrottle(Throttle):
    """For calls that ask for a new password by e-mail, and those that set it."""

    scope = "password-reset"

    def identify(self, request: Request) -> str | None:
        return client_address(request)


class PasswordResetAccountThrottle(Throttle):
    """E-mails to one address, whether an account has it or not, whoever asks for them."""

    scope = "password-reset-account"

    def identify(self, request: Request) -> str | None:
        return email_of(request)


class LoginAccountThrottle(Throttle):
    """Failed log-ins per e-mail, whether an account has it or not, wherever they come from.

    Each attempt is counted before its password is checked, so that none slips through, and forgiven if it was right.
    """

    scope = "login-account"

    def identify(self, request: Request) -> str | None:
        return email_of(request)

    def forgive(self, request: Request) -> None:
        identity = self.identify(request)
        try:
            if identity is not None:
                uncount_call(self.scope, identity)
        except RedisError as error:
            _warn_not_counting(error)


class PasswordThrottle(UserThrottle):
    """For calls in which a signed-in user's password can be guessed."""

    scope = "login-account"
