"""Request weight used per client address and minute, as reported in X-MBX-USED-WEIGHT-1M."""

from . import errors

LIMIT_PER_MINUTE = 6_000
_MINUTE_MS = 60_000


class WeightMeter:
    """Counts weights; refuses beyond `limit` where that is not 0."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._minute = 0
        self._used: dict[str, int] = {}

    def add(self, address: str, weight: int, now_ms: int) -> int:
        """Count a request and return what its address has used in this minute."""
        minute = now_ms // _MINUTE_MS
        if minute != self._minute:
            self._minute, self._used = minute, {}
        used = self._used[address] = self._used.get(address, 0) + weight
        if self._limit and used > self._limit:
            seconds = _MINUTE_MS // 1000 - now_ms // 1000 % 60
            raise errors.too_many_requests(self._limit, seconds)
        return used
