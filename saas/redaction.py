"""The last line of defence against secrets in a log: nothing should reach it, and what does is masked."""

import re
from typing import Any

from structlog.typing import EventDict, WrappedLogger

MASK = "***"
SECRET_NAME = re.compile(
    r"(?i)(?:^|_|-)(?:password\d?|passphrase|secret(?:_?key)?|api_?key|private_?key|signature|authorization|cookie"
    r"|token|access|refresh|otp|ciphertext|x-mbx-apikey|x-bapi-sign|x-bapi-api-key)$"
)
SECRET_TEXTS = (
    re.compile(r"gAAAAA[\w-]{20,}=*"),
    re.compile(r"eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/-]{6,}=*"),
)
# name=value, "name": "value", 'name': 'value', Name: value; in a quoted log value the quotes are escaped.
NAMED_SECRET = re.compile(
    r"(?i)(?P<name>(?:password\d?|passphrase|secret(?:[_-]?key)?|api[_-]?key|private[_-]?key|signature|x-bapi-sign"
    r"|authorization|access_token|refresh_token)\\?[\"']?\s*(?:=|:)\s*\\?[\"']?)(?P<value>(?!\*)[^\s\"'&,;}\\]{4,})"
)
CREDENTIAL_URL = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+(?=@)")


def mask_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask texts whose field's name says that they are secret; numbers (a lease's token) are not."""
    return {name: _mask_value(name, value) for name, value in event.items()}


def _mask_value(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _mask_value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, str | bytes) and SECRET_NAME.search(name) and value[:1] not in ("*", b"*"):
        return MASK
    return value


def mask_text(text: str) -> str:
    """Mask whatever looks like a token, a signature, a password in a URL, or a value named as a secret."""
    for pattern in SECRET_TEXTS:
        text = pattern.sub(MASK, text)
    text = NAMED_SECRET.sub(rf"\g<name>{MASK}", text)
    return CREDENTIAL_URL.sub(rf"\g<scheme>{MASK}", text)
