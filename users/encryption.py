"""Exchange credentials at rest: encrypted, and bound inside the ciphertext to the owner they were given by.

`FIELD_ENCRYPTION_KEYS`: the first key encrypts, all decrypt, so that keys can be rotated while the platform runs.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from exchanges.credentials import Credentials

PROOF = b"cardume"
FINGERPRINT_PURPOSE = b"cardume exchange key fingerprint"


class CredentialsUnreadable(Exception):
    """No configured key opens the ciphertext, or it was made for another owner. Nothing secret is in it."""


def encrypt_credentials(credentials: Credentials, owner_id: int) -> str:
    content = {
        "owner": owner_id,
        "api_key": credentials.api_key,
        "secret_key": credentials.secret_key,
        "passphrase": credentials.passphrase,
    }
    return _ring().encrypt(json.dumps(content).encode()).decode()


def decrypt_credentials(ciphertext: str, owner_id: int) -> Credentials:
    """Raises CredentialsUnreadable."""
    try:
        content = json.loads(_ring().decrypt(ciphertext.encode()))
        owner = content.pop("owner")
        credentials = Credentials(**content)
    except (InvalidToken, ValueError, KeyError, TypeError, AttributeError):
        raise CredentialsUnreadable("the ciphertext cannot be decrypted") from None
    if owner != owner_id:
        raise CredentialsUnreadable("the ciphertext belongs to another owner")
    return credentials


def is_current(ciphertext: str) -> bool:
    """Whether the first key encrypted it."""
    try:
        _fernet(0).decrypt(ciphertext.encode())
    except InvalidToken:
        return False
    return True


def make_proof() -> str:
    """A known text, encrypted with the first key, for `is_readable`."""
    return _ring().encrypt(PROOF).decode()


def is_readable(proof: str) -> bool:
    """Whether one of the keys opens it."""
    try:
        return _ring().decrypt(proof.encode()) == PROOF
    except InvalidToken:
        return False


def fingerprints(api_key: str) -> list[str]:
    """Keyed hashes of an API key, one per configured encryption key; the first is the one to store."""
    return [_fingerprint(key, api_key) for key in _keys()]


def matches(api_key: str, fingerprint: str) -> bool:
    return any(hmac.compare_digest(known, fingerprint) for known in fingerprints(api_key))


def check_keys() -> None:
    """Raises ImproperlyConfigured, naming the malformed key by its position and never by its value."""
    keys = _keys()
    if not keys:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS holds no key.")
    for position in range(len(keys)):
        _fernet(position)


def _keys() -> tuple[str, ...]:
    return tuple(key.strip() for key in settings.FIELD_ENCRYPTION_KEYS)


def _fernet(position: int) -> Fernet:
    try:
        return Fernet(_keys()[position])
    except ValueError:
        raise ImproperlyConfigured(
            f"FIELD_ENCRYPTION_KEYS: key {position + 1} is not 32 bytes in URL-safe base64."
        ) from None


def _ring() -> MultiFernet:
    return _ring_of(_keys())


@lru_cache(maxsize=4)
def _ring_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([_fernet(position) for position in range(len(keys))])


def _fingerprint(key: str, api_key: str) -> str:
    purpose_key = hmac.digest(urlsafe_b64decode(key), FINGERPRINT_PURPOSE, hashlib.sha256)
    return hmac.new(purpose_key, api_key.encode(), hashlib.sha256).hexdigest()
