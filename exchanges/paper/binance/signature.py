"""Who sends a signed request: key, time window and HMAC-SHA256, in the order Binance checks them."""

import hashlib
import hmac
import re

from ..accounts import Account
from ..store import Store
from . import errors
from .parameters import Parameters

_KEY = re.compile(r"[A-Za-z0-9]{64}")
_SIGNATURE = re.compile(rb"(^|&)signature=[^&]*")
_DEFAULT_WINDOW = 5_000
_LARGEST_WINDOW = 60_000
_AHEAD_MS = 1_000
SIGNED_NAMES = frozenset({"timestamp", "recvWindow", "signature"})


def authenticate(
    store: Store, api_key: str | None, query: bytes, body: bytes, parameters: Parameters, now_ms: int
) -> Account:
    """The account that signed a request. `now_ms` is the time of day, never market time.

    What is signed is the query string followed by the body, as sent, without the signature itself.
    """
    if api_key is None or not _KEY.fullmatch(api_key):
        raise errors.malformed_key()
    parameters.required("timestamp")
    signature = parameters.required("signature")
    account = store.find_account(api_key)
    if account is None or account.revoked:
        raise errors.rejected_key()
    _check_window(parameters, now_ms)
    payload = _SIGNATURE.sub(b"", query) + _SIGNATURE.sub(b"", body)
    expected = hmac.new(account.secret_key.encode(), payload, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise errors.invalid_signature()
    return account


def _check_window(parameters: Parameters, now_ms: int) -> None:
    window = parameters.integer("recvWindow")
    if window is not None and window > _LARGEST_WINDOW:
        raise errors.window_too_large()
    sent = parameters.integer("timestamp") or 0
    if sent >= now_ms + _AHEAD_MS:
        raise errors.ahead_of_server()
    if now_ms - sent > (_DEFAULT_WINDOW if window is None else window):
        raise errors.outside_window()
