"""The sign-ins of every browser: the tokens' only home. They never reach a browser, and survive this process.

What is killed between the API's giving out new tokens and their being written here has lost them: that browser signs
in again. Nothing that is written belongs to another browser, whatever is killed when.
"""

import json
import os
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

from dashboard import api_client
from dashboard.api_client import Record
from dashboard.api_errors import Refused, SignedOut
from dashboard.session_file import SessionFile
from dashboard.session_seal import place_of, seal, unseal
from dashboard.session_turns import SessionTurns

# Open pages renew theirs every quarter of an hour.
LONGEST_IDLE_SECONDS = 7 * 24 * 3600
MOST_SIGN_INS = 50_000


@dataclass(frozen=True)
class SignIn:
    """One browser's user and tokens, as they were when it was read. `born` tells it from the browser's other sign-ins."""

    user: Record
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    born: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def language(self) -> str:
        return str(self.user["language"])

    def with_tokens(self, tokens: Record) -> "SignIn":
        return replace(self, access=str(tokens["access"]), refresh=str(tokens["refresh"]))


class SessionStore:
    """Kept in `folder()`, which is asked for when the first is needed."""

    def __init__(self, folder: Callable[[], Path], clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock

    @cached_property
    def _file(self) -> SessionFile:
        return SessionFile(self._folder() / "dashboard.sqlite3")

    @cached_property
    def _turns(self) -> SessionTurns:
        return SessionTurns(self._folder() / "run" / "dashboard.turns")

    def turn(self, session_id: str) -> AbstractContextManager[None]:
        """Within it, nobody else changes this browser's sign-in."""
        return self._turns.turn(place_of(session_id))

    def get(self, session_id: str) -> SignIn | None:
        sealed = self._file.read(place_of(session_id), self._clock() - LONGEST_IDLE_SECONDS)
        content = unseal(session_id, sealed) if sealed else None
        return SignIn(**json.loads(content)) if content else None

    def put(self, session_id: str, sign_in: SignIn) -> None:
        """Takes the place of whatever sign-in the browser has."""
        with self.turn(session_id):
            self._write(session_id, sign_in)
            self._file.forget(self._clock() - LONGEST_IDLE_SECONDS, MOST_SIGN_INS)

    def take(self, session_id: str, born: str | None) -> SignIn | None:
        """Forgets that sign-in, unless another has taken its place; gives its last state."""
        with self.turn(session_id):
            latest = self._latest(session_id, born)
            if latest:
                self._file.remove(place_of(session_id))
            return latest

    def change(self, session_id: str, born: str, change: Callable[[SignIn], SignIn]) -> SignIn:
        """Writes what `change` makes of the latest state. Raises SignedOut if it is gone."""
        with self.turn(session_id):
            latest = self._latest(session_id, born)
            if latest is None:
                raise SignedOut
            changed = change(latest)
            self._write(session_id, changed)
            return changed

    def renew(self, session_id: str, born: str, stale: str) -> SignIn:
        """The sign-in with an access token newer than `stale`: the refresh token is spent once for all who hold that.

        Raises SignedOut if the sign-in is gone or the API ends it.
        """

        def renewed(latest: SignIn) -> SignIn:
            return latest.with_tokens(_renewed_tokens(latest)) if latest.access == stale else latest

        return self.change(session_id, born, renewed)

    def _latest(self, session_id: str, born: str | None) -> SignIn | None:
        found = self.get(session_id)
        return found if found and found.born == born else None

    def _write(self, session_id: str, sign_in: SignIn) -> None:
        content = json.dumps(asdict(sign_in)).encode()
        self._file.write(place_of(session_id), seal(session_id, content), self._clock())


class BrowserTokens:
    """The tokens of one browser's sign-in for the API's client; for threads to share."""

    def __init__(self, store: SessionStore, session_id: str, sign_in: SignIn) -> None:
        self._store = store
        self._session_id = session_id
        self._sign_in = sign_in

    @property
    def access(self) -> str:
        return self._sign_in.access

    def renew(self, stale: str) -> str:
        self._sign_in = self._store.renew(self._session_id, self._sign_in.born, stale)
        return self._sign_in.access


def _renewed_tokens(sign_in: SignIn) -> Record:
    try:
        return api_client.refresh_tokens(sign_in.refresh, sign_in.language)
    except Refused as refusal:
        if refusal.status == 429:
            raise
        raise SignedOut from refusal


def data_folder() -> Path:
    """Where the platform keeps its data; the project's root unless DATA_DIR says otherwise."""
    return Path(os.environ.get("DATA_DIR") or Path(__file__).parents[1]).expanduser().resolve()


store = SessionStore(data_folder)
