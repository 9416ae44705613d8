"""What the accounts of all venues hold now, and what was granted and refused since Redis began, for `/metrics`."""

from dataclasses import dataclass
from typing import cast

from exchanges.dialects import get_dialect
from exchanges.rate_budget import names
from saas.redis import get_redis


@dataclass(frozen=True, slots=True)
class Use:
    """Weight used in the last span of one address at one venue, and how much may be."""

    place: str
    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Weight granted to a purpose, or how often it was refused, and why."""

    place: str
    purpose: str
    refusal: str
    amount: int


def read_tallies() -> list[Tally]:
    """Raises RedisError."""
    found = cast("dict[bytes, bytes]", get_redis().hgetall(names.tallies_name()))
    rows = [(name.decode().split("|"), int(amount)) for name, amount in sorted(found.items())]
    return [
        Tally(place, purpose, refusal[0] if refusal else "", amount)
        for (_, place, purpose, *refusal), amount in rows
    ]


def read_use(place: str) -> Use:
    """Raises RedisError."""
    limit = get_dialect(place.partition(":")[0]).limit
    with get_redis().pipeline(transaction=False) as pipe:
        pipe.time()
        pipe.hgetall(names.account_name(place))
        pipe.get(names.limit_name(place))
        (seconds, microseconds), account, told = pipe.execute()
    now_ms = seconds * 1_000 + microseconds // 1_000
    slot, window = now_ms * 12 // limit.milliseconds, now_ms // limit.milliseconds
    granted = sum(
        int(weight)
        for name, weight in account.items()
        if name.isdigit() and slot - 12 <= int(name) <= slot + 12
    )
    others = int(account.get(f"o{window}".encode(), 0))
    return Use(place, granted + others, int(told or limit.weight))
