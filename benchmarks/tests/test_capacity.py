"""Lines through made-up figures, and what is told of them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import main
from benchmarks.capacity import Assumptions, estimate, fit, read_points
from exchanges.dialects.binance_limits import LIMIT

GIVEN = Assumptions(0, 0.03, 40, 3_000, 32, 0, 0)


def window(bots: int, missed: int = 0) -> dict[str, Any]:
    """Of ten seconds: a dispatcher that uses a thousandth of a core for each bot, two workers half of that each."""
    return {
        "seconds": 10.0,
        "counts": {"looks": 10 * bots, "runs_missed": missed},
        "cpu_seconds": {
            "dispatcher": 0.1 + bots * 0.01,
            "worker": bots * 0.005,
            "worker-2": bots * 0.005,
            "redis": bots * 0.001,
            "paper": 9.0,
        },
        "pss": {"dispatcher": 80e6 + bots * 1_000, "worker": 86e6, "worker-2": 86e6, "paper": 5e9},
        "requests": {
            "GET /api/v3/klines": 10,
            "GET /api/v3/account": min(bots, 4),
            "GET /api/v3/allOrders": bots,
            "GET /v5/market/kline": 7,
        },
    }


def figures(*sizes: int) -> dict[str, Any]:
    runs = [
        {"bots": n, "idle": {"windows": [window(0)]}, "busy": {"windows": [window(n)] * 3}} for n in sizes
    ]
    return {"benchmark": "growth", "runs": runs}


def test_a_line_goes_through_its_points_and_never_falls() -> None:
    line = fit([(0, 1), (10, 2), (20, 3)])
    assert line.at(100) == pytest.approx(11)
    assert fit([(0, 1), (10, 0.5)]).slope == 0
    assert fit([(10, 2)]).at(1_000) == 2


def test_processes_of_a_kind_are_counted_together_and_the_exchange_not_at_all() -> None:
    need = estimate(read_points(figures(100, 300)), 1_000, GIVEN)
    assert need.cores["dispatcher"] == pytest.approx(1.01)
    assert need.cores["worker"] == pytest.approx(1.0)
    assert "paper" not in need.cores
    assert need.memory == pytest.approx(253e6)
    assert (need.processes("dispatcher"), need.processes("worker"), need.processes("market_data")) == (
        2,
        2,
        1,
    )


def test_prices_and_balances_do_not_grow_and_orders_weigh_what_the_exchange_says() -> None:
    points = read_points(figures(1, 100, 300))
    quiet = estimate(points, 100_000, GIVEN)
    # Ten klines of 2 and four balances of 20 in ten seconds; lists of orders are in the orders.
    always = 120 + 480
    assert quiet.weight == pytest.approx(always)
    assert quiet.addresses == 1
    busy = estimate(points, 100_000, replace(GIVEN, orders_per_bot_hour=3.6))
    assert busy.weight == pytest.approx(always + 100 * 60 * LIMIT.order_weight)
    assert busy.operations == pytest.approx(4_000)
    assert busy.cores["worker"] == pytest.approx(quiet.cores["worker"] + 3)


def test_audits_grow_with_the_bots() -> None:
    points = read_points(figures(100))
    audited = estimate(points, 100_000, replace(GIVEN, weight_per_audit=144))
    assert audited.weight == pytest.approx(estimate(points, 100_000, GIVEN).weight + 10_000)


def test_what_binds_is_what_there_is_least_of() -> None:
    points = read_points(figures(100, 300))
    assert estimate(points, 100, GIVEN).binds.startswith("nothing; most used is dispatcher")
    assert estimate(points, 10_000, GIVEN).binds == "dispatcher (16.7 of one)"
    often = Assumptions(3_600, 0, 40, 1e9, 32, 0, 0)
    assert estimate(points, 10_000, often).binds.startswith("exchange address")


def test_a_size_that_was_too_much_is_not_counted() -> None:
    raw = figures(100, 300)
    raw["runs"].append(
        {"bots": 1_000, "idle": {"windows": [window(0)]}, "busy": {"windows": [window(100, 5_000)]}}
    )
    need = estimate(read_points(raw), 1_000, GIVEN)
    assert need.cores["worker"] == pytest.approx(1.0)


def test_the_command_reads_what_growth_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "growth.json"
    file.write_text(json.dumps(figures(10, 100, 300)), encoding="utf-8")
    assert main(["capacity", str(file)]) == 0
    shown = capsys.readouterr().out
    assert all(size in shown for size in ("1,000", "10,000", "100,000"))
    assert "0, 10, 100, 300 bots" in shown
    assert "Assumed: 1 orders of each bot in an hour" in shown


def test_what_redis_comes_to_keep_is_counted_though_no_benchmark_runs_long_enough_to_see_it() -> None:
    points = read_points(figures(100, 300))
    kept = replace(GIVEN, bytes_kept_per_bot=200_000)
    more = estimate(points, 10_000, kept).memory - estimate(points, 10_000, GIVEN).memory
    assert more == pytest.approx(2e9)
