import ast
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from benchmarks.figures import Summary
from benchmarks.freqtrade import cardume, environment
from benchmarks.freqtrade.cardume import plan_follower, plan_quiet
from benchmarks.freqtrade.figures import Findings, latencies, per_further, per_minute, ratio, steps
from benchmarks.freqtrade.program import descend, parse_moment, read_parents
from benchmarks.freqtrade.report import COMPARISONS, figures_table, ratios_table
from benchmarks.freqtrade.rule import Rule, fallen
from benchmarks.freqtrade.settings import STRATEGY, VARIANTS, Variant, build_configuration, write_strategy
from benchmarks.rig.installation import Crowd, Rig
from benchmarks.rig.population import BotPlan

RULE = Rule()
PAPER_URL = "http://127.0.0.1:8600"


def findings(name: str, factor: float) -> Findings:
    return Findings(
        name=name,
        label=f"label of {name}",
        bytes_per_bot=[200.0 * factor],
        cpu_per_bot=[5.0 * factor, 7.0 * factor],
        startups=[8.0],
        starts=1,
        requests=30.0,
        requests_per_bot=10.0 * factor,
        latencies=[3.0, 41.0],
        falls=3,
    )


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_the_strategy_that_is_written_is_a_program_with_the_rule(variant: Variant) -> None:
    text = write_strategy(variant, RULE)

    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert [one.name for one in classes] == [STRATEGY]
    assert text.count("* 0.97") == 2
    assert f"at_price = {variant.at_price}" in text
    assert f"process_only_new_candles = {variant.only_new_candles}" in text


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_freqtrade_is_told_to_run_dry_and_knows_no_other_exchange(variant: Variant, tmp_path: Path) -> None:
    configuration = build_configuration(variant, RULE, PAPER_URL, tmp_path)

    exchange = configuration["exchange"]
    assert configuration["dry_run"] is True
    addresses = exchange["ccxt_config"]["urls"]["api"]
    assert addresses["public"] == addresses["private"] == f"{PAPER_URL}/api/v3"
    assert addresses["ws"]["spot"].startswith("ws://127.0.0.1:8600/")
    assert not (exchange["key"] or exchange["secret"])
    assert exchange["enable_ws"] == variant.streams
    assert configuration["internals"]["process_throttle_secs"] == variant.throttle_seconds
    json.dumps(configuration)


def test_a_follower_of_ours_has_freqtrades_pairs_and_rule() -> None:
    fields = plan_follower(RULE).fields

    assert fields["symbols"] == list(RULE.pairs)
    assert fields["parameters"]["window"] == RULE.window
    assert fields["parameters"]["threshold_percent"] == "3"
    assert fields["interval_seconds"] == 1


def test_the_other_bots_look_at_the_same_pairs_and_do_not_buy_when_a_price_falls() -> None:
    plans = plan_quiet(20, RULE)

    assert {frozenset(plan.fields["symbols"]) for plan in plans} == {frozenset(RULE.pairs)}
    thresholds = [Decimal(plan.fields["parameters"]["threshold_percent"]) for plan in plans]
    assert min(thresholds) > RULE.fall_percent > RULE.percent


def test_a_fallen_price_is_below_what_the_rule_waits_for() -> None:
    assert Decimal(fallen("100.00", RULE)) == 94
    assert Decimal(fallen("100.00", RULE)) < 100 * RULE.factor


def test_a_further_one_costs_what_it_adds() -> None:
    assert steps([100.0, 190.0, 285.0]) == [90.0, 95.0]
    assert per_further([10.0, 12.0], [30.0, 22.0], 10) == [2.0, 1.0]
    assert per_minute(2.0, 30.0) == 4.0


def test_a_fall_without_an_order_has_no_latency() -> None:
    assert latencies({"BTC/USDT": 100.0, "ETH/USDT": 113.0}, {"BTC/USDT": 103.5, "SOL/USDT": 1.0}) == [3.5]


def test_a_ratio_spans_what_the_extremes_of_both_sides_allow() -> None:
    assert ratio([100.0, 200.0, 300.0], [1.0, 2.0, 4.0]) == Summary(100.0, 25.0, 300.0)


def test_a_part_too_small_to_measure_gives_no_spread_or_nothing() -> None:
    assert ratio([100.0], [-1.0, 2.0, 3.0]) == 50.0
    assert ratio([100.0], [-1.0, 0.0]) is None
    assert ratio([], [1.0]) is None


def test_the_tables_hold_every_row_and_compare_with_the_right_one() -> None:
    rivals = [findings(variant.name, 1_000.0) for variant in VARIANTS]
    ours = [findings("wake", 1.0), findings("every", 2.0)]

    figures, ratios = figures_table([*rivals, *ours], "2026.9"), ratios_table(rivals, ours)

    assert [row[0] for row in figures.rows] == [one.label for one in [*rivals, *ours]]
    assert {row[-1] for row in figures.rows} == {"2 of 3, 1 missing"}
    assert len(ratios.rows) == len(COMPARISONS)
    assert ratios.rows[0][:2] == ["memory of a further bot", "label of second"]
    assert ratios.rows[0][2:] == [Summary(1_000.0, 1_000.0, 1_000.0), Summary(500.0, 500.0, 500.0), "1,000"]


class Exchange:
    """Every follower but the second has its order for the first pair after 2.5 seconds."""

    def price_of(self, pair: str) -> str:
        return "100"

    def set_price(self, pair: str, price: str) -> None:
        assert (pair, price) == (RULE.pairs[0], "94.00000000")

    def list_orders(self, api_key: str) -> list[dict[str, Any]]:
        return [] if api_key == "key1" else [{"symbol": "BTCUSDT", "created_ms": 102_500}]


class Platform:
    """As much of a rig as followers need; each is started at 100 s."""

    def __init__(self) -> None:
        self.exchange = Exchange()
        self.filled = 0

    def fill(self, plans: list[BotPlan], balance: int) -> Crowd:
        self.filled += 1
        return Crowd(plans, [self.filled], [1], [1], [f"key{self.filled - 1}"], "")

    def start_bots(self, crowd: Crowd) -> float:
        return 100.0


def test_a_follower_without_an_order_is_missing_and_the_others_are_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cardume, "ORDER_SECONDS", 0)

    followers = cardume._start_followers(cast("Rig", Platform()), RULE)

    assert [follower.startup for follower in followers] == [2.5, None, 2.5]
    assert capsys.readouterr().err == "not within 0 s: a follower's first order, of BTC/USDT\n"


def test_what_is_missing_is_told_in_its_row() -> None:
    ours = replace(findings("wake", 1.0), startups=[2.5, 2.5], starts=3)
    table = figures_table([ours], "2026.9")
    cells = dict(zip(table.headings, table.rows[0], strict=True))
    assert cells["start, s"] == Summary(2.5, 2.5, 2.5)
    assert cells["started"] == "2 of 3, 1 missing"


def test_a_process_tree_is_everything_below_its_root(tmp_path: Path) -> None:
    for pid, parent in ((10, 1), (11, 10), (12, 11), (20, 1)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (a) name) S {parent} 0 0", encoding="ascii")

    assert descend(10, read_parents(tmp_path)) == {10, 11, 12}


def test_a_moment_of_freqtrades_database_is_utc() -> None:
    assert parse_moment("1970-01-01 00:01:00.500000") == 60.5


def test_freqtrade_is_installed_once_and_again_when_its_requirements_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(environment, "_run", commands.append)
    requirements, folder = tmp_path / "requirements.txt", tmp_path / "environment"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "freqtrade").touch()

    for text in ("freqtrade>=2026.9", "freqtrade>=2026.9", "freqtrade>=2026.10"):
        requirements.write_text(text, encoding="ascii")
        assert environment.prepare(folder, requirements) == folder / "bin" / "freqtrade"

    assert len([command for command in commands if "venv" in command]) == 2
