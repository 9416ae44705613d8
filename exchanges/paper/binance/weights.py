"""Request weight used per client address and minute, as reported in X-MBX-USED-WEIGHT-1M, and the bans of who goes on."""

from ..limits import Limits
from . import errors

_MINUTE_MS = 60_000
_LONGEST_BAN_SECONDS = 3 * 86_400


class WeightMeter:
    """Counts weights; beyond the limit it refuses, and bans an address that does not stop asking."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._minute = 0
        self._used: dict[str, int] = {}
        self._refused: dict[str, int] = {}
        self._bans: dict[str, int] = {}
        self._banned_until: dict[str, int] = {}

    def add(self, address: str, weight: int, now_ms: int) -> None:
        """Count a request. Raises BinanceError: 429 beyond the limit, 418 while the address is banned."""
        self._start_minute(now_ms)
        self._refuse_banned(address, now_ms)
        used = self._used[address] = self.used(address) + weight
        self._limits.highest_weight = max(self._limits.highest_weight, used)
        if self._limits.binance_weight and used > self._limits.binance_weight:
            self._refuse(address, now_ms)

    def used(self, address: str) -> int:
        """What an address has used in this minute."""
        return self._used.get(address, 0)

    def _start_minute(self, now_ms: int) -> None:
        minute = now_ms // _MINUTE_MS
        if minute != self._minute:
            self._minute, self._used, self._refused = minute, {}, {}

    def _refuse(self, address: str, now_ms: int) -> None:
        refused = self._refused[address] = self._refused.get(address, 0) + 1
        if refused > self._limits.bans_after:
            self._ban(address, now_ms)
            self._refuse_banned(address, now_ms)
        self._limits.refused["binance 429"] += 1
        seconds = _MINUTE_MS // 1000 - now_ms // 1000 % 60
        raise errors.too_many_requests(self._limits.binance_weight, seconds)

    def _ban(self, address: str, now_ms: int) -> None:
        bans = self._bans[address] = self._bans.get(address, 0) + 1
        seconds = min(self._limits.binance_ban_seconds * 2 ** (bans - 1), _LONGEST_BAN_SECONDS)
        self._banned_until[address] = now_ms + seconds * 1_000

    def _refuse_banned(self, address: str, now_ms: int) -> None:
        until = self._banned_until.get(address, 0)
        if now_ms < until:
            self._limits.refused["binance 418"] += 1
            raise errors.banned(until, -(-(until - now_ms) // 1_000))
