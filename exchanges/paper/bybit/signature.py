"""Who sends a signed request: key, time window and HMAC-SHA256 over what was sent."""

import hashlib
import hmac
import re

from starlette.datastructures import Headers

from ..accounts import TRADING_EXPIRY, Account
from ..store import Store
from . import errors

_DEFAULT_WINDOW = 5_000
_AHEAD_MS = 1_000
_MILLISECONDS = re.compile(r"[0-9]{1,18}")


def authenticate(store: Store, headers: Headers, payload: bytes, now_ms: int) -> Account:
    """The account that signed a request. `now_ms` is the time of day, never market time.

    Signed is `timestamp + key + recv window + payload`, the payload being the query string of a GET and the
    body of a POST, as sent. A window that is not sent counts as 5,000 and is an empty text in what is signed.
    """
    key, sent, signature = (headers.get(f"x-bapi-{name}", "") for name in ("api-key", "timestamp", "sign"))
    if not (key and sent and signature):
        empty = f"empty value: apiTimestamp[{sent}] apiKey[] apiSignature[]"
        raise errors.BybitError(10001, empty)
    account = store.find_account(key)
    if account is None or account.revoked:
        raise errors.invalid_key()
    window = headers.get("x-bapi-recv-window", "")
    _check_window(sent, window, now_ms)
    origin = f"{sent}{key}{window}".encode() + payload
    expected = hmac.new(account.secret_key.encode(), origin, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise errors.invalid_signature(origin.decode(errors="replace"))
    _check_expiry(account, now_ms)
    return account


def _check_window(sent: str, window: str, now_ms: int) -> None:
    for text in (sent, window or "0"):
        if not _MILLISECONDS.fullmatch(text):
            raise errors.invalid_parameter("timestamp or recv_window invalid")
    time, allowed = int(sent), int(window) if window else _DEFAULT_WINDOW
    if not now_ms - allowed <= time < now_ms + _AHEAD_MS:
        raise errors.outside_window(time, now_ms, allowed)


def _check_expiry(account: Account, now_ms: int) -> None:
    expiry = account.permissions.get(TRADING_EXPIRY)
    if expiry is not None and now_ms >= expiry:
        raise errors.expired_key()
