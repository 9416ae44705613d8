"""What must be right before anything starts."""

from typing import Any

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
