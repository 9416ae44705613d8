"""HTTP towards one exchange: named hosts only, no redirects, no proxies of the environment, a bounded answer."""

import os
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import default_headers
from urllib3.exceptions import HTTPError, ReadTimeoutError

from exchanges.kept_connections import KEPT_POOLS

CHUNK_BYTES = 65_536
HOSTS_KEPT = 16
CONNECTIONS_PER_HOST = 64
HEADERS = default_headers()
BODILESS = frozenset({"GET", "HEAD"})


class ForbiddenHost(requests.RequestException):
    """A request was about to leave for a host outside the environment; nothing was sent."""


class KeptConnections(HTTPAdapter):
    """Connections that stay open between sessions: a handshake costs more than most requests.

    A connection carries nobody's name. Headers, and cookies if there were any, belong to the session of each request.
    """

    def __init__(self) -> None:
        super().__init__(pool_connections=HOSTS_KEPT, pool_maxsize=CONNECTIONS_PER_HOST)
        self.poolmanager.pool_classes_by_scheme = KEPT_POOLS


@lru_cache(maxsize=1)
def _kept() -> KeptConnections:
    return KeptConnections()


def close_connections() -> None:
    """Close what stays open between sessions; the next request connects anew."""
    if _kept.cache_info().currsize:
        _kept().close()


# A child that went on with its parent's connections would read its parent's answers.
os.register_at_fork(after_in_child=_kept.cache_clear)


class BoundedSession(requests.Session):
    """Refuses every host but `hosts` (`name[:port]`), and an answer whose body takes longer than `seconds`.

    The timeout of requests bounds each read alone: a peer sending one byte at a time could hold a thread for ever.
    A redirect is returned as it is, because following it would repeat a signed request somewhere else.
    """

    def __init__(self, hosts: frozenset[str], seconds: float) -> None:
        super().__init__()
        self.hosts = hosts
        self.seconds = seconds
        self.trust_env = False

    def get_adapter(self, url: str | bytes) -> HTTPAdapter:
        """The process's own, whatever the address: `send` has judged it."""
        del url
        return _kept()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        host = urlsplit(request.url or "").netloc
        if host not in self.hosts:
            raise ForbiddenHost(f"{host} does not belong to this environment")
        response = self._forward(request, kwargs)
        try:
            response._content = self._read(response)
        except ReadTimeoutError:
            raise requests.ReadTimeout("Read timed out.") from None
        except HTTPError:
            raise requests.ConnectionError("Connection broken: incomplete answer") from None
        return response

    def _forward(self, request: requests.PreparedRequest, options: Mapping[str, Any]) -> requests.Response:
        return super().send(request, **{**options, "stream": True, "allow_redirects": False})

    def _read(self, response: requests.Response) -> bytes:
        deadline = time.monotonic() + self.seconds
        chunks: list[bytes] = []
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            chunks.append(chunk)
            if time.monotonic() > deadline:
                response.raw.close()
                raise requests.ReadTimeout("Read timed out.")
        return b"".join(chunks)


class PlainSession(BoundedSession):
    """Sends what ccxt has put together as it is.

    requests would look for cookies, hooks, proxies and credentials, quote the address anew and merge the settings of three
    places, none of which there are; that takes longer than the sending.
    """

    def request(  # type: ignore[override]  # as ccxt calls it
        self,
        method: str,
        url: str,
        *,
        data: bytes | None,
        headers: Mapping[str, str],
        timeout: float,
        **_: object,
    ) -> requests.Response:
        request = requests.PreparedRequest()
        request.method, request.url, request.body = method, url, data
        request.headers = CaseInsensitiveDict({**HEADERS, **headers})
        if data is not None or method not in BODILESS:
            request.headers["Content-Length"] = str(len(data or b""))
        return self.send(request, timeout=timeout)

    def _forward(self, request: requests.PreparedRequest, options: Mapping[str, Any]) -> requests.Response:
        return _kept().send(request, stream=True, verify=True, **options)
