"""The file of all sign-ins, sealed, so that they survive the end of this process. Safe with threads and processes."""

import logging
import os
import sqlite3
from pathlib import Path
from threading import Lock

log = logging.getLogger("dashboard")

BUSY_SECONDS = 5.0
_SCHEMA = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA secure_delete=ON",
    "CREATE TABLE IF NOT EXISTS sign_ins (place BLOB PRIMARY KEY, sealed BLOB NOT NULL, at REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS sign_ins_at ON sign_ins (at)",
)


class SessionFile:
    """Rows of (place, what is sealed there, the Unix time it was written at); one statement each, so never half of it."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._connection = _open(path)

    def read(self, place: bytes, oldest: float) -> bytes | None:
        """What was written at `oldest` or later."""
        query = "SELECT sealed FROM sign_ins WHERE place = ? AND at >= ?"
        with self._lock:
            row = self._connection.execute(query, (place, oldest)).fetchone()
        return bytes(row[0]) if row else None

    def write(self, place: bytes, sealed: bytes, at: float) -> None:
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO sign_ins VALUES (?, ?, ?)", (place, sealed, at))

    def remove(self, place: bytes) -> None:
        with self._lock:
            self._connection.execute("DELETE FROM sign_ins WHERE place = ?", (place,))

    def forget(self, oldest: float, most: int) -> None:
        """Keep only what was written at `oldest` or later, and of that the newest `most`."""
        surplus = "SELECT place FROM sign_ins ORDER BY at DESC LIMIT -1 OFFSET ?"
        with self._lock:
            self._connection.execute("DELETE FROM sign_ins WHERE at < ?", (oldest,))
            self._connection.execute(f"DELETE FROM sign_ins WHERE place IN ({surplus})", (most,))  # noqa: S608


def _open(path: Path) -> sqlite3.Connection:
    """A file that is none, or is damaged, is begun anew; where none can be written, memory has to do."""
    try:
        try:
            return _connect(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            log.warning("the file of sign-ins is damaged and is begun anew: %s", error)
            for part in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                part.unlink(missing_ok=True)
            return _connect(path)
    except (OSError, sqlite3.OperationalError) as error:
        log.warning("sign-ins will not survive a restart, their file cannot be used: %s", error)
        return _connect(None)


def _connect(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # SQLite would let others read it; its companion files get the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    connection = sqlite3.connect(
        path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        for statement in _SCHEMA:
            connection.execute(statement)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
