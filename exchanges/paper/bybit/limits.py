"""Bybit's request limits: so many by account, endpoint and second, and so many by address in five seconds."""

from . import errors

_ADDRESS_LIMIT = 600
_ADDRESS_SPAN_MS = 5_000
_SECOND_MS = 1_000


class RateMeter:
    """Counts requests; refuses beyond the limits only where told to `enforce` them."""

    def __init__(self, *, enforce: bool) -> None:
        self._enforce = enforce
        self._addresses = _Window(_ADDRESS_SPAN_MS)
        self._accounts = _Window(_SECOND_MS)

    def count_address(self, address: str, now_ms: int) -> None:
        used = self._addresses.add(address, now_ms)
        if self._enforce and used > _ADDRESS_LIMIT:
            raise errors.too_many_from_address()

    def count_account(self, account_id: int, path: str, limit: int, now_ms: int) -> dict[str, str]:
        """The headers that tell an account how much of an endpoint's limit is left in this second."""
        used = self._accounts.add(f"{account_id} {path}", now_ms)
        if self._enforce and used > limit:
            raise errors.too_many_visits()
        following = (now_ms // _SECOND_MS + 1) * _SECOND_MS
        return {
            "x-bapi-limit": str(limit),
            "x-bapi-limit-status": str(max(0, limit - used)),
            "x-bapi-limit-reset-timestamp": str(following),
        }


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
