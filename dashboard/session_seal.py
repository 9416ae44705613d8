"""What is kept of a browser's sign-in can be found and opened by that browser's cookie alone.

Its place is a hash of the cookie's id, and its key is derived from the id: whoever has the file, or a copy of it, has
neither. A row moved to another place does not open there.
"""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"cardume dashboard sign-in 1"
NONCE_BYTES = 12


def place_of(session_id: str) -> bytes:
    """32 bytes that tell nothing about the id, which is random and long."""
    return hashlib.sha256(session_id.encode()).digest()


def seal(session_id: str, content: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(session_id).encrypt(nonce, content, place_of(session_id))


def unseal(session_id: str, sealed: bytes) -> bytes | None:
    """What was sealed for this id; None if it was not, or has been altered."""
    nonce, encrypted = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return _cipher(session_id).decrypt(nonce, encrypted, place_of(session_id))
    except (InvalidTag, ValueError):
        return None


def _cipher(session_id: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(session_id.encode()))
