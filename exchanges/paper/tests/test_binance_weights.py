"""Binance's limits: weight by address and minute, 429 beyond it, and growing bans for whoever does not stop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ..binance.errors import BinanceError
from ..binance.weights import WeightMeter
from ..limits import Limits
from .server import PaperServer, running

MINUTE_MS = 60_000
NOW_MS = 1_790_078_400_000 - 1_790_078_400_000 % MINUTE_MS + 20_000
HERE, THERE = "127.0.0.1", "127.0.0.2"


def refusal(meter: WeightMeter, now_ms: int = NOW_MS, address: str = HERE) -> tuple[int, int]:
    with pytest.raises(BinanceError) as refused:
        meter.add(address, 50, now_ms)
    return refused.value.status, int(refused.value.headers["retry-after"])


def test_weight_is_counted_by_address_and_minute() -> None:
    limits = Limits(binance_weight=100)
    meter = WeightMeter(limits)
    meter.add(HERE, 60, NOW_MS)
    meter.add(HERE, 40, NOW_MS)
    assert refusal(meter) == (429, 40)
    meter.add(THERE, 100, NOW_MS)
    meter.add(HERE, 100, NOW_MS + MINUTE_MS)
    assert meter.used(HERE) == 100
    assert (limits.refused, limits.highest_weight) == ({"binance 429": 1}, 150)


def test_whoever_goes_on_is_banned_and_for_twice_as_long_each_time() -> None:
    limits = Limits(binance_weight=100, bans_after=2, binance_ban_seconds=120)
    meter = WeightMeter(limits)
    meter.add(HERE, 100, NOW_MS)
    assert [refusal(meter)[0] for _ in range(2)] == [429, 429]
    assert refusal(meter) == (418, 120)
    assert refusal(meter, NOW_MS + 100_000) == (418, 20)
    after = NOW_MS + 2 * MINUTE_MS
    meter.add(HERE, 100, after)
    assert [refusal(meter, after)[0] for _ in range(2)] == [429, 429]
    assert refusal(meter, after) == (418, 240)
    meter.add(THERE, 100, after)
    assert limits.refused == {"binance 429": 4, "binance 418": 3}


def test_without_a_limit_weights_are_counted_and_nobody_is_refused() -> None:
    meter = WeightMeter(Limits())
    for _ in range(100):
        meter.add(HERE, 1_000, NOW_MS)
    assert meter.used(HERE) == 100_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PaperServer]:
    with running(PaperServer(tmp_path / "paper.sqlite3", "--faults", "--weight-limit", "300")) as started:
        yield started


def test_the_limit_is_told_and_every_answer_says_what_is_used(server: PaperServer) -> None:
    limits = server.get("/api/v3/exchangeInfo").json()["rateLimits"]
    assert [(one["rateLimitType"], one["limit"]) for one in limits] == [("REQUEST_WEIGHT", 300)]
    wrong = server.get("/api/v3/klines", symbol="NOSUCH", interval="1m")
    assert wrong.status_code == 400
    assert int(wrong.headers["X-MBX-USED-WEIGHT-1M"]) > 0
    assert "Date" in wrong.headers


def test_limits_are_set_and_refusals_reported_by_the_control_endpoint(server: PaperServer) -> None:
    server.control("limits", binance_weight=1, bans_after=1, binance_ban_seconds=1)
    answers = [server.get("/api/v3/time").status_code for _ in range(8)]
    shown = server.get("/paper/control/limits").json()
    assert shown["refused"]["binance 418"] == answers.count(418) > 0
    assert (shown["bybit_requests"], shown["binance_weight"]) == (600, 1)


def test_a_wrong_limit_is_refused_and_none_is_set(server: PaperServer) -> None:
    before = server.get("/paper/control/limits").json()
    wanted = {"bans_after": 3, "binance_weight": -1}
    answer = requests.post(f"{server.url}/paper/control/limits", json=wanted, timeout=20)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["binance_weight"])
    assert server.get("/paper/control/limits").json() == before
