"""Figures of the returns of days, beside the same worked out straight from the definitions, in floats."""

import math
import random
import statistics
from decimal import Decimal

import pytest

from trades.returns import (
    LEAST_DAYS,
    Falls,
    Returns,
    calmar,
    falls_of_account,
    find_runs,
    sharpe,
    sortino,
    yearly_growth,
)
from trades.statistics import LEAST_TRADES


def returns(*by_day: str, days: int = 60, trades: int = 20) -> Returns:
    return Returns([Decimal(each) for each in by_day], days, trades)


def every_day(found: Returns) -> list[float]:
    """With the days on which nothing came in."""
    return [float(each) for each in found.by_day] + [0.0] * (found.days - len(found.by_day))


def plain_sharpe(daily: list[float]) -> float:
    return statistics.mean(daily) / statistics.stdev(daily) * math.sqrt(365)


def plain_sortino(daily: list[float]) -> float:
    below = math.sqrt(statistics.mean([min(each, 0.0) ** 2 for each in daily]))
    return statistics.mean(daily) / below * math.sqrt(365)


def plain_growth(daily: list[float]) -> float:
    return (math.pow(1 + sum(daily), 365 / len(daily)) - 1) * 100


@pytest.mark.parametrize("seed", range(20))
def test_they_are_what_the_definitions_say(seed: int) -> None:
    draw = random.Random(seed)
    days = draw.randint(LEAST_DAYS, 900)
    with_result = draw.sample(range(days), draw.randint(5, days))
    found = returns(*(f"{draw.gauss(0.0005, 0.01):.10f}" for _ in with_result), days=days)
    daily = every_day(found)
    for ours, plain in (
        (sharpe(found), plain_sharpe(daily)),
        (sortino(found), plain_sortino(daily)),
        (yearly_growth(found), plain_growth(daily)),
    ):
        assert ours is not None
        assert float(ours) == pytest.approx(plain, rel=1e-9, abs=1e-4)


def test_days_without_a_result_count() -> None:
    # Of 60 days 20 with the same return: the root of 1/2 * 59/60 * 365.
    assert sharpe(Returns([Decimal("0.01")] * 20, 60, 20)) == Decimal("13.3962")


def test_a_year_that_doubles_the_account_grows_by_a_hundred_percent() -> None:
    assert yearly_growth(returns("0.25", "0.75", days=365)) == 100
    assert yearly_growth(returns("-0.5", days=365)) == -50
    assert yearly_growth(returns("0.1", days=730)) == Decimal("4.8809")


def test_an_account_that_is_lost_has_no_growth() -> None:
    assert yearly_growth(returns("-0.6", "-0.4")) is None
    assert yearly_growth(returns("-2")) is None


def test_a_figure_with_more_digits_than_sense_is_left_out() -> None:
    assert yearly_growth(returns("20", days=LEAST_DAYS)) is None


def test_too_few_days_or_trades_say_nothing() -> None:
    few_days = returns("0.01", "-0.02", days=LEAST_DAYS - 1)
    assert sharpe(few_days) is sortino(few_days) is yearly_growth(few_days) is None
    few_trades = returns("0.01", "-0.02", trades=LEAST_TRADES - 1)
    assert sharpe(few_trades) is sortino(few_trades) is None
    assert yearly_growth(few_trades) is not None
    assert yearly_growth(returns(trades=0)) is None


def test_without_a_deviation_there_is_no_ratio() -> None:
    assert sharpe(returns()) is sortino(returns()) is None
    assert sortino(returns("0.01", "0.02")) is None
    assert sharpe(Returns([Decimal("0.01")] * 60, 60, 60)) is None


def test_calmar_is_growth_over_the_deepest_fall() -> None:
    assert calmar(Decimal(30), Decimal(12)) == Decimal("2.5")
    assert calmar(Decimal(-30), Decimal(12)) == Decimal("-2.5")
    assert calmar(Decimal(30), Decimal(0)) is calmar(None, Decimal(1)) is calmar(Decimal(1), None) is None


def falls(*results: str, capital: int = 1_000) -> Falls | None:
    runs = find_runs((0, Decimal(result)) for result in results)
    return falls_of_account(runs, [Decimal(capital)])


def test_a_fall_is_measured_against_the_account_at_its_best() -> None:
    assert falls("100", "-55", "-55", "30", "-20") == Falls(Decimal(10), Decimal("9.0909"))
    # A smaller fall may be a larger share of what there was.
    assert falls("-90", "1090", "-100") == Falls(Decimal(9), Decimal(5))
    assert falls() == Falls(Decimal(0), Decimal(0))
    assert falls("-1500") == Falls(Decimal(150), Decimal(150))
    assert falls("1", capital=0) is None


def test_a_loss_with_more_capital_weighs_less() -> None:
    runs = find_runs([(0, Decimal(-10)), (1, Decimal(-10))])
    assert runs == [(0, Decimal(-10)), (1, Decimal(-10))]
    assert falls_of_account(runs, [Decimal(100), Decimal(1_000)]) == Falls(Decimal(11), Decimal(11))
    assert falls_of_account(runs, [Decimal(100), None]) is None


@pytest.mark.parametrize("seed", range(10))
def test_runs_lose_no_fall(seed: int) -> None:
    draw = random.Random(seed)
    results = [(draw.randrange(2), Decimal(draw.randint(-50, 55))) for _ in range(300)]
    capital = [Decimal(4_000), Decimal(7_000)]
    assert falls_of_account(find_runs(results), capital) == falls_of_account(results, capital)
