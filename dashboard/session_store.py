"""The sign-ins of every browser: the tokens' only home, in this process's memory, never sent to a browser."""

import time
from threading import Lock

from dashboard import api_client
from dashboard.api_client import Record
from dashboard.api_errors import Refused, SignedOut

LONGEST_IDLE_SECONDS = 7 * 24 * 3600


class SignIn:
    """One browser's signed-in user and tokens. Its tabs share it, from several threads at once."""

    def __init__(self, tokens: Record, language: str) -> None:
        self._access = str(tokens["access"])
        self._refresh = str(tokens["refresh"])
        self._renewing = Lock()
        self._language = language
        self.user: Record = {}
        self.used_at = time.monotonic()

    @property
    def access(self) -> str:
        return self._access

    @property
    def language(self) -> str:
        return str(self.user.get("language") or self._language)

    @property
    def api(self) -> api_client.Api:
        return api_client.Api(self, self.language)

    def renew(self, stale: str) -> str:
        """Trades the refresh token in, once for all who hold the same stale access token: it works only once."""
        with self._renewing:
            if self._access == stale:
                self._replace(self._renewed_tokens())
            return self._access

    def accept(self, tokens: Record) -> None:
        """Takes over tokens that the API handed out in place of these."""
        with self._renewing:
            self._replace(tokens)

    def revoke(self) -> None:
        """Ends this sign-in at the API."""
        with self._renewing:
            api_client.revoke(self._refresh, self.language)

    def _renewed_tokens(self) -> Record:
        try:
            return api_client.refresh_tokens(self._refresh, self.language)
        except Refused as refusal:
            if refusal.status == 429:
                raise
            raise SignedOut from refusal

    def _replace(self, tokens: Record) -> None:
        self._access, self._refresh = str(tokens["access"]), str(tokens["refresh"])


class SessionStore:
    def __init__(self) -> None:
        self._sign_ins: dict[str, SignIn] = {}
        self._lock = Lock()

    def get(self, session_id: str) -> SignIn | None:
        with self._lock:
            found = self._sign_ins.get(session_id)
            if found:
                found.used_at = time.monotonic()
            return found

    def put(self, session_id: str, sign_in: SignIn) -> None:
        oldest = time.monotonic() - LONGEST_IDLE_SECONDS
        with self._lock:
            self._sign_ins = {key: kept for key, kept in self._sign_ins.items() if kept.used_at > oldest}
            self._sign_ins[session_id] = sign_in

    def remove(self, session_id: str, sign_in: SignIn | None) -> None:
        """Forgets that sign-in, unless another has taken its place meanwhile."""
        with self._lock:
            if sign_in is not None and self._sign_ins.get(session_id) is sign_in:
                del self._sign_ins[session_id]


store = SessionStore()
