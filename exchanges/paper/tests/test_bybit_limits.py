"""Bybit's limits: an account's by endpoint and second, an address's in five seconds; enforced only where told to."""

import pytest

from ..bybit.errors import BybitError
from ..bybit.limits import RateMeter
from ..limits import Limits

NOW_MS = 1_790_078_400_000


def count_addresses(meter: RateMeter, times: int, now_ms: int = NOW_MS) -> None:
    for _ in range(times):
        meter.count_address("127.0.0.1", now_ms)


def test_an_account_has_so_many_requests_to_an_endpoint_in_a_second() -> None:
    limits = Limits(bybit_requests=600)
    meter = RateMeter(limits)
    headers = [meter.count_account(1, "/v5/order/create", 2, NOW_MS) for _ in range(2)]
    assert [one["x-bapi-limit-status"] for one in headers] == ["1", "0"]
    assert headers[0]["x-bapi-limit-reset-timestamp"] == str(NOW_MS + 1_000)
    with pytest.raises(BybitError) as refused:
        meter.count_account(1, "/v5/order/create", 2, NOW_MS)
    assert (refused.value.code, refused.value.status) == (10006, 200)
    assert refused.value.headers == headers[1]
    assert limits.refused == {"bybit 10006": 1}
    meter.count_account(1, "/v5/order/realtime", 2, NOW_MS)
    meter.count_account(2, "/v5/order/create", 2, NOW_MS)
    meter.count_account(1, "/v5/order/create", 2, NOW_MS + 1_000)


def test_an_address_has_six_hundred_in_any_five_seconds_and_is_banned_beyond() -> None:
    limits = Limits(bybit_requests=600, bybit_ban_seconds=60)
    meter = RateMeter(limits)
    count_addresses(meter, 300, NOW_MS - 3_000)
    count_addresses(meter, 300)
    with pytest.raises(BybitError) as refused:
        count_addresses(meter, 1, NOW_MS + 1_000)
    assert (refused.value.code, refused.value.status) == (10018, 403)
    meter.count_address("127.0.0.2", NOW_MS)
    with pytest.raises(BybitError):
        count_addresses(meter, 1, NOW_MS + 60_000)
    count_addresses(meter, 600, NOW_MS + 61_000)
    assert limits.refused == {"bybit 403": 2}


def test_an_address_that_keeps_below_the_limit_is_never_refused() -> None:
    meter = RateMeter(Limits(bybit_requests=6))
    for second in range(100):
        count_addresses(meter, 6, NOW_MS + second * 5_000)


def test_nobody_is_refused_where_limits_are_not_enforced() -> None:
    meter = RateMeter(Limits())
    for _ in range(700):
        meter.count_address("127.0.0.1", NOW_MS)
        headers = meter.count_account(1, "/v5/order/create", 2, NOW_MS)
    assert headers["x-bapi-limit-status"] == "0"
