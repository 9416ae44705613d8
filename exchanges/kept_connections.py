"""urllib3's pools, with connections that are not used again after a while."""

import time
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from urllib3._base_connection import BaseHTTPConnection

# A peer closes what is idle for too long, some silently. An order that is written to such a connection stays in doubt.
IDLE_SECONDS = 10


class _Kept(HTTPConnectionPool):
    """Notes when a connection was put back, and connects anew where that is long ago."""

    def __init__(self, *arguments: object, **options: object) -> None:
        self._put_back: WeakKeyDictionary[BaseHTTPConnection, float] = WeakKeyDictionary()
        super().__init__(*arguments, **options)  # type: ignore[arg-type]

    def _get_conn(self, timeout: float | None = None) -> "BaseHTTPConnection":
        connection = super()._get_conn(timeout)
        put_back = self._put_back.pop(connection, None)
        if put_back is not None and time.monotonic() - put_back > IDLE_SECONDS:
            connection.close()
        return connection

    def _put_conn(self, conn: "BaseHTTPConnection | None") -> None:
        if conn is not None:
            self._put_back[conn] = time.monotonic()
        super()._put_conn(conn)


class KeptHTTPPool(_Kept):
    pass


class KeptHTTPSPool(_Kept, HTTPSConnectionPool):
    pass


KEPT_POOLS = {"http": KeptHTTPPool, "https": KeptHTTPSPool}
