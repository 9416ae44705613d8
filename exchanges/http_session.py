"""HTTP towards one exchange: named hosts only, no redirects, no proxies of the environment, a bounded answer."""

import time
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

CHUNK_BYTES = 65_536


class ForbiddenHost(requests.RequestException):
    """A request was about to leave for a host outside the environment; nothing was sent."""


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

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        host = urlsplit(request.url or "").netloc
        if host not in self.hosts:
            raise ForbiddenHost(f"{host} does not belong to this environment")
        response = super().send(request, **{**kwargs, "stream": True, "allow_redirects": False})
        try:
            response._content = self._read(response)
        except ReadTimeoutError:
            raise requests.ReadTimeout("Read timed out.") from None
        except HTTPError:
            raise requests.ConnectionError("Connection broken: incomplete answer") from None
        return response

    def _read(self, response: requests.Response) -> bytes:
        deadline = time.monotonic() + self.seconds
        chunks: list[bytes] = []
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            chunks.append(chunk)
            if time.monotonic() > deadline:
                response.raw.close()
                raise requests.ReadTimeout("Read timed out.")
        return b"".join(chunks)
