"""A whole answer, kept in one piece."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

Header = tuple[bytes, bytes]
_JSON: Header = (b"content-type", b"application/json;charset=UTF-8")
_HTML: Header = (b"content-type", b"text/html")
_LENGTH = b"content-length"
_PAGE = (
    b"<html><head><title>Error</title></head><body><h1>The request could not be satisfied</h1></body></html>"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers other than the length, and body."""

    status: int
    headers: tuple[Header, ...]
    body: bytes

    @classmethod
    def of_json(cls, status: int, content: object, headers: Sequence[Header] = ()) -> Self:
        body = json.dumps(content, separators=(",", ":")).encode()
        return cls(status, (_JSON, *headers), body)

    @classmethod
    def of_page(cls, status: int) -> Self:
        """A web page such as a proxy before the exchange would send."""
        return cls(status, (_HTML,), _PAGE)

    def without_length(self) -> Self:
        kept = tuple(header for header in self.headers if header[0].lower() != _LENGTH)
        return replace(self, headers=kept)

    def content(self) -> Any:
        """What the body says. Raises ValueError when it is not JSON."""
        return json.loads(self.body)

    def saying(self, content: object) -> Self:
        """The same answer with other content."""
        return replace(self, body=json.dumps(content, separators=(",", ":")).encode())
