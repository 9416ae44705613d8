"""Bybit's request limits: so many by account, endpoint and second, and so many by address in any five seconds."""

from collections import deque

from ..limits import Limits
from . import errors

_ADDRESS_SPAN_MS = 5_000
_SECOND_MS = 1_000


class RateMeter:
    """Counts requests; refuses beyond the limits only where there are any, and bans an address that exceeds its own."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._addresses: dict[str, deque[int]] = {}
        self._banned_until: dict[str, int] = {}
        self._accounts = _Window(_SECOND_MS)

    def count_address(self, address: str, now_ms: int) -> None:
        """Raises BybitError, HTTP 403, beyond the limit and until the ban is over."""
        if not self._limits.bybit_requests:
            return
        if now_ms >= self._banned_until.get(address, 0):
            asked = self._addresses.setdefault(address, deque())
            while asked and asked[0] <= now_ms - _ADDRESS_SPAN_MS:
                asked.popleft()
            asked.append(now_ms)
            if len(asked) <= self._limits.bybit_requests:
                return
            self._banned_until[address] = now_ms + self._limits.bybit_ban_seconds * 1_000
        self._limits.refused["bybit 403"] += 1
        raise errors.too_many_from_address()

    def count_account(self, account_id: int, path: str, limit: int, now_ms: int) -> dict[str, str]:
        """The headers that tell an account how much of an endpoint's limit is left in this second.

        Raises BybitError, code 10006 with the same headers, beyond the limit.
        """
        used = self._accounts.add(f"{account_id} {path}", now_ms)
        following = (now_ms // _SECOND_MS + 1) * _SECOND_MS
        headers = {
            "x-bapi-limit": str(limit),
            "x-bapi-limit-status": str(max(0, limit - used)),
            "x-bapi-limit-reset-timestamp": str(following),
        }
        if self._limits.bybit_requests and used > limit:
            self._limits.refused["bybit 10006"] += 1
            raise errors.too_many_visits(headers)
        return headers


class _Window:
    """Counts by name within spans of the clock."""

    def __init__(self, span_ms: int) -> None:
        self._span_ms = span_ms
        self._number = 0
        self._used: dict[str, int] = {}

    def add(self, name: str, now_ms: int) -> int:
        number = now_ms // self._span_ms
        if number != self._number:
            self._number, self._used = number, {}
        used = self._used[name] = self._used.get(name, 0) + 1
        return used
