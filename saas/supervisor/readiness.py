"""Asks a process whether it answers. Every question gives up within half a second: the supervisor's loop waits."""

import http.client
import socket

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from saas.supervisor.program import Ready

TIMEOUT_SECONDS = 0.5


def http_answers(host: str, port: int, path: str) -> Ready:
    """Ready when this address answers 200."""

    def ask(_: float) -> bool:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def port_answers(host: str, port: int) -> Ready:
    """Ready when something accepts connections."""

    def ask(_: float) -> bool:
        with socket.socket() as probe:
            probe.settimeout(TIMEOUT_SECONDS)
            return probe.connect_ex((host, port)) == 0

    return ask


def short_client(url: str) -> Redis:
    """Gives up at once, and never tries again by itself."""
    timeouts = {"socket_timeout": TIMEOUT_SECONDS, "socket_connect_timeout": TIMEOUT_SECONDS}
    return Redis.from_url(url, retry=Retry(NoBackoff(), 0), **timeouts)


def redis_answers(url: str) -> Ready:
    """Ready when Redis has loaded its data and takes this password."""

    def ask(_: float) -> bool:
        try:
            with short_client(url) as client:
                return bool(client.ping())
        except RedisError:
            return False

    return ask


def heart_beats(url: str, key: str) -> Ready:
    """Ready when a heartbeat has been written since the process was started."""

    def ask(started_at: float) -> bool:
        try:
            with short_client(url) as client:
                written = client.get(key)
            return written is not None and float(written) >= started_at
        except (RedisError, ValueError):
            return False

    return ask
