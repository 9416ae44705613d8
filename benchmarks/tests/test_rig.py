"""What the rig reads and plans, without a platform."""

import os
from pathlib import Path

import pytest

from benchmarks.figures import Histogram
from benchmarks.rig.exchange import count_asked, is_public
from benchmarks.rig.measuring import Measured, Sample, Window
from benchmarks.rig.modules import run_module
from benchmarks.rig.population import Population, plan_bots
from benchmarks.rig.processes import TICKS_PER_SECOND, Usage, parse_cpu, parse_rollup, read_usage
from benchmarks.rig.tallies import Tallies, parse_buckets
from benchmarks.rig.waiting import wait_or_say, wait_until

STAT = "71 (python (a) b) S 1 71 71 0 -1 4194560 900 20 0 0 130 20 40 10 20 0 5 0 100 2000 300 18446744073709551615"
ROLLUP = (
    "55d0-7fff ---p 00000000 00:00 0   [rollup]\nRss:   2048 kB\nPss:   1024 kB\nPrivate_Dirty:      512 kB\n"
)
SYMBOLS = [f"COIN{number}/USDT" for number in range(30)]


def test_cpu_is_that_of_the_process_and_of_its_children_whatever_its_name() -> None:
    assert parse_cpu(STAT) == 200 / TICKS_PER_SECOND


def test_memory_is_read_in_bytes() -> None:
    assert parse_rollup(ROLLUP) == {"Rss": 2_097_152, "Pss": 1_048_576, "Private_Dirty": 524_288}


def test_processes_of_one_name_are_added_up_and_one_that_is_gone_is_left_out(tmp_path: Path) -> None:
    for pid in ("71", "72"):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "stat").write_text(STAT)
        (tmp_path / pid / "smaps_rollup").write_text(ROLLUP)
    found = read_usage({71: "worker", 72: "worker", 73: "beat"}, tmp_path)
    assert found == {"worker": Usage(400 / TICKS_PER_SECOND, 2_097_152, 4_194_304, 1_048_576)}


def test_the_same_seed_makes_the_same_bots() -> None:
    population = Population(bots=40, holding_share=0.1, trading_share=0.05, bots_per_user=3)
    plans = plan_bots(population, SYMBOLS, SYMBOLS[-1])
    assert plans == plan_bots(population, SYMBOLS, SYMBOLS[-1])
    assert [plan.kind for plan in plans].count("holding") == 4
    assert [plan.kind for plan in plans].count("trading") == 2
    assert {plan.user for plan in plans} == set(range(population.users)) == set(range(14))
    assert len({str(plan.fields["symbols"]) for plan in plans}) == 40
    assert all(0 <= plan.phase < 1 and len(set(plan.fields["symbols"])) == 10 for plan in plans)


def test_only_who_is_to_hold_a_trade_watches_the_symbol_that_falls() -> None:
    plans = plan_bots(Population(bots=40, holding_share=0.25), SYMBOLS, SYMBOLS[-1])
    assert {plan.kind for plan in plans if SYMBOLS[-1] in plan.fields["symbols"]} == {"holding"}


def test_requests_are_told_apart() -> None:
    before = {"GET /api/v3/klines": 5, "GET /paper/status": 9}
    after = {"GET /api/v3/klines": 8, "GET /paper/status": 30, "POST /api/v3/order": 2, "GET /api/v3/time": 0}
    assert count_asked(before, after) == {"GET /api/v3/klines": 3, "POST /api/v3/order": 2}
    assert is_public("GET /v5/market/tickers")
    assert not is_public("GET /api/v3/account")


def test_counters_are_of_the_time_between() -> None:
    before = Tallies({"runs": 10}, {"run": parse_buckets({b"0": b"10"})})
    after = Tallies(
        {"runs": 25, "runs_late": 1}, {"run": parse_buckets({b"0": b"12", b"40": b"13", b"sum": b"5.2"})}
    )
    between = after.minus(before)
    assert between.counts == {"runs": 15, "runs_late": 1}
    assert between.lateness["run"] == Histogram({0: 2, 40: 13}, 0.01)


def test_a_window_says_what_was_done_and_what_it_took() -> None:
    window = Window(sample(0, worker=1.0, runs=0, asked=0), sample(10, worker=3.0, runs=500, asked=20))
    measured = Measured([window])
    assert measured.per_second("runs").median == 50  # type: ignore[union-attr]
    assert measured.share_of_core("worker").median == 20  # type: ignore[union-attr]
    assert measured.cpu_per("runs", 1_000).median == 4  # type: ignore[union-attr]
    assert measured.own_share_of_core().median == 20  # type: ignore[union-attr]
    assert measured.requests_per_minute(public=True).median == 120  # type: ignore[union-attr]
    assert measured.own_pss().median == 100  # type: ignore[union-attr]


def test_a_process_that_was_started_anew_counts_from_its_start() -> None:
    window = Window(sample(0, worker=9.0, runs=0, asked=0), sample(10, worker=0.5, runs=0, asked=0))
    assert window.cpu("worker") == 0.5


def test_who_waits_asks_until_it_holds_and_tells_what_never_came(capsys: pytest.CaptureFixture[str]) -> None:
    answers = iter([False, False, True])
    wait_until(lambda: next(answers), 60, "the third answer", every=0)
    assert not list(answers)
    with pytest.raises(TimeoutError, match="not within 0 s: a first run"):
        wait_until(lambda: False, 0, "a first run", every=0)
    assert wait_or_say(lambda: True, 0, "nothing", every=0)
    assert not wait_or_say(lambda: False, 0, "two orders", every=0)
    assert capsys.readouterr().err == "not within 0 s: two orders\n"


def test_a_module_answers_what_it_writes_or_tells_how_it_failed() -> None:
    assert run_module("json.tool", ["--compact"], os.environ, 60, "[1, 2]") == "[1,2]\n"
    with pytest.raises(RuntimeError, match=r"^json\.tool --compact failed: Expecting"):
        run_module("json.tool", ["--compact"], os.environ, 60, "[")


def sample(at: float, worker: float, runs: int, asked: int) -> Sample:
    usage = {"worker": Usage(worker, 100, 200, 90), "paper": Usage(7 * at, 50, 50, 40)}
    return Sample(at, usage, Tallies({"runs": runs}, {}), {"GET /api/v3/klines": asked})
