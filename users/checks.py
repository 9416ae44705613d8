"""What must be right before anything starts."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from users import encryption


@register(Tags.security)
def check_encryption_keys(**_: Any) -> list[CheckMessage]:
    """A malformed key found only when somebody's key is needed would stop trading then."""
    try:
        encryption.check_keys()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="See FIELD_ENCRYPTION_KEYS in the README.", id="users.E001")]
    return []


@register(Tags.security, deploy=True)
def check_mail(**_: Any) -> list[CheckMessage]:
    """Whoever forgets their password needs an e-mail, with a link that leads somewhere."""
    found: list[CheckMessage] = []
    if settings.EMAIL_BACKEND == "saas.console_mail.EmailBackend":
        text = "E-mail is only shown on the terminal: nobody can set a new password by themselves."
        found.append(checks.Warning(text, hint="Set EMAIL_URL.", id="users.W001"))
    if not settings.DASHBOARD_URL.startswith("https://"):
        text = "The links in e-mails do not lead to a dashboard that is reached by HTTPS."
        found.append(
            checks.Warning(
                text, hint="Set DASHBOARD_URL to where people reach the dashboard.", id="users.W002"
            )
        )
    return found
