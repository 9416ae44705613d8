"""What an exchange answered over HTTP, before anyone decides what it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

DEFAULT_RETRY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. `body` is the decoded JSON, None if it was empty or unreadable; headers are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body where it is an object, else nothing."""
        return self.body if isinstance(self.body, dict) else {}


class Ask(Protocol):
    """Sends one request and returns the decoded JSON; raises our errors, with the exchange's code in `code`."""

    def __call__(self, api: str, method: str, path: str, params: Mapping[str, Any] | None = None) -> Any: ...


def retry_seconds(answer: Answer, default: float = DEFAULT_RETRY_SECONDS) -> float:
    """The seconds of a Retry-After header; the default, a minute, where there is none or it cannot be read."""
    try:
        seconds = float(answer.headers.get("Retry-After", default))
    except ValueError:
        return default
    return seconds if 0 < seconds < 7 * 86_400 else default
