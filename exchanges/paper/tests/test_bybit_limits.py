"""Bybit's limits: an account's by endpoint and second, an address's in five seconds; enforced only where told to."""

import pytest

from ..bybit.errors import BybitError
from ..bybit.limits import RateMeter

NOW_MS = 1_790_078_400_000


def test_an_account_has_so_many_requests_to_an_endpoint_in_a_second() -> None:
    meter = RateMeter(enforce=True)
    headers = [meter.count_account(1, "/v5/order/create", 2, NOW_MS) for _ in range(2)]
    assert [one["x-bapi-limit-status"] for one in headers] == ["1", "0"]
    assert headers[0]["x-bapi-limit-reset-timestamp"] == str(NOW_MS + 1_000)
    with pytest.raises(BybitError) as refused:
        meter.count_account(1, "/v5/order/create", 2, NOW_MS)
    assert (refused.value.code, refused.value.status) == (10006, 200)
    meter.count_account(1, "/v5/order/realtime", 2, NOW_MS)
    meter.count_account(2, "/v5/order/create", 2, NOW_MS)
    meter.count_account(1, "/v5/order/create", 2, NOW_MS + 1_000)


def test_an_address_has_six_hundred_in_five_seconds() -> None:
    meter = RateMeter(enforce=True)
    for _ in range(600):
        meter.count_address("127.0.0.1", NOW_MS)
    with pytest.raises(BybitError) as refused:
        meter.count_address("127.0.0.1", NOW_MS)
    assert (refused.value.code, refused.value.status) == (10018, 403)
    meter.count_address("127.0.0.2", NOW_MS)
    meter.count_address("127.0.0.1", NOW_MS + 5_000)


def test_nobody_is_refused_where_limits_are_not_enforced() -> None:
    meter = RateMeter(enforce=False)
    for _ in range(700):
        meter.count_address("127.0.0.1", NOW_MS)
        headers = meter.count_account(1, "/v5/order/create", 2, NOW_MS)
    assert headers["x-bapi-limit-status"] == "0"
