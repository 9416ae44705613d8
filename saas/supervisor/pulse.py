"""Feels whether a process still lives, by a sign of life that a stopped, hung or deaf one does not give.

A pulse is asked every few seconds: True for a sign of life since it was last asked, False for none, None where nobody
can tell. Nothing is compared with a clock, this machine's or another's, so that no clock that jumps can hurt. Every
question gives up within half a second.
"""

import socket

from redis.exceptions import BusyLoadingError, RedisError, ResponseError

from saas.supervisor.program import Pulse
from saas.supervisor.readiness import TIMEOUT_SECONDS, short_client


def heart_beats_on(url: str, key: str) -> Pulse:
    """A sign of life is a heartbeat that is not the last one seen. Without Redis nobody can tell."""
    client, last = short_client(url), [b""]

    def feel() -> bool | None:
        try:
            written = client.get(key)
        except RedisError:
            return None
        if not isinstance(written, bytes) or written == last[0]:
            return False
        last[0] = written
        return True

    return feel


def redis_lives(url: str) -> Pulse:
    """A sign of life is any answer, a refusal while it loads its data too."""
    client = short_client(url)

    def feel() -> bool:
        try:
            client.ping()
        except (BusyLoadingError, ResponseError):
            return True
        except RedisError:
            return False
        return True

    return feel


class HttpPulse:
    """A sign of life is the beginning of an answer, however late: a question stays open until there is one.

    So a server is told from a dead one that is only slow, and the supervisor never waits for it.
    """

    def __init__(self, host: str, port: int, path: str) -> None:
        self._address = (host, port)
        self._request = f"GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        self._asked: socket.socket | None = None

    def __call__(self) -> bool:
        try:
            if self._asked is None:
                self._ask()
                return False
            lives = bool(self._asked.recv(1))
        except BlockingIOError:
            return False
        except OSError:
            lives = False
        self._hang_up()
        return lives

    def _ask(self) -> None:
        self._asked = socket.create_connection(self._address, TIMEOUT_SECONDS)
        self._asked.sendall(self._request)
        self._asked.setblocking(False)

    def _hang_up(self) -> None:
        if self._asked is not None:
            self._asked.close()
            self._asked = None
