"""The strategy's rule, at and around its levels."""

from decimal import Decimal
from typing import Any

import pytest

from bots.strategies.base import Action, ExitRules, MarketView, ParameterInvalid, Position
from bots.strategies.buy_below_average import BuyBelowAverage, deviation_percent
from exchanges.market_data.snapshot import Series
from trades.domain import Reason
from trades.tests.fake_exchange import AT

PARAMETERS = {"timeframe": "1m", "window": 4, "threshold_percent": "1", "exit_at_average": False}
NO_EXITS = ExitRules()
CLOSES = [Decimal(100)] * 4


def see(price: str, closes: list[Decimal] = CLOSES, window: int = 4) -> MarketView:
    average = Series(AT, tuple(closes)).average(window)
    return MarketView("BTC/USDT", Decimal(price), average, len(closes))


def decide(
    price: str,
    closes: list[Decimal] = CLOSES,
    position: Position | None = None,
    exits: ExitRules = NO_EXITS,
    **parameters: Any,
) -> tuple[Action, str]:
    view = see(price, closes, {**PARAMETERS, **parameters}["window"])
    signal = BuyBelowAverage().decide(view, position, exits, {**PARAMETERS, **parameters})
    return signal.action, signal.code


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("98.99", (Action.BUY, "below_average")),
        ("99", (Action.BUY, "below_average")),
        ("99.01", (Action.WAIT, "not_far_enough_below")),
        ("100", (Action.WAIT, "not_far_enough_below")),
        ("100.01", (Action.WAIT, "above_average")),
    ],
)
def test_it_buys_at_or_below_the_threshold_under_the_average(
    price: str, expected: tuple[Action, str]
) -> None:
    assert decide(price) == expected


def test_it_waits_until_all_candles_of_the_window_are_closed() -> None:
    assert decide("1", closes=CLOSES[:3]) == (Action.WAIT, "too_few_candles")


def test_only_the_newest_candles_of_the_window_count() -> None:
    assert decide("99", closes=[Decimal(1_000_000), *CLOSES])[0] is Action.BUY


def test_the_decision_shows_average_and_deviation() -> None:
    signal = BuyBelowAverage().decide(see("98"), None, NO_EXITS, PARAMETERS)
    assert (signal.average, signal.deviation_percent) == (Decimal(100), Decimal("-2.0000"))
    assert deviation_percent(Decimal(101), Decimal(100)) == Decimal("1.0000")


POSITION = Position(entry_price=Decimal(100), peak_price=Decimal(120), opened_at=AT)


@pytest.mark.parametrize(
    ("price", "exits", "code"),
    [
        ("105", ExitRules(take_profit_percent=Decimal(5)), "take_profit"),
        ("104.99", ExitRules(take_profit_percent=Decimal(5)), "in_trade"),
        ("97", ExitRules(stop_loss_percent=Decimal(3)), "stop_loss"),
        ("97.01", ExitRules(stop_loss_percent=Decimal(3)), "in_trade"),
        ("114", ExitRules(trailing_stop_percent=Decimal(5)), "trailing_stop"),
        ("114.01", ExitRules(trailing_stop_percent=Decimal(5)), "in_trade"),
        ("90", ExitRules(Decimal(5), Decimal(3), Decimal(5)), "stop_loss"),
        ("1", NO_EXITS, "in_trade"),
    ],
)
def test_it_leaves_at_the_exits_that_are_on(price: str, exits: ExitRules, code: str) -> None:
    action = Action.HOLD if code == "in_trade" else Action.SELL
    assert decide(price, position=POSITION, exits=exits) == (action, code)


def test_the_return_to_the_average_is_an_exit_only_where_it_is_on() -> None:
    assert decide("100", position=POSITION) == (Action.HOLD, "in_trade")
    assert decide("100", position=POSITION, exit_at_average=True) == (Action.SELL, "back_to_average")


def test_exits_work_without_any_average() -> None:
    exits = ExitRules(stop_loss_percent=Decimal(3))
    assert decide("90", closes=[], position=POSITION, exits=exits) == (Action.SELL, "stop_loss")


def test_a_sell_signal_carries_its_reason_for_the_order() -> None:
    exits = ExitRules(stop_loss_percent=Decimal(3))
    signal = BuyBelowAverage().decide(see("1", []), POSITION, exits, PARAMETERS)
    assert signal.reason is Reason.STOP_LOSS


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("window", 1, "minimum"),
        ("window", 501, "maximum"),
        ("window", "ten", "type"),
        ("window", 2.5, "type"),
        ("window", True, "type"),
        ("threshold_percent", "NaN", "type"),
        ("threshold_percent", "0", "minimum"),
        ("threshold_percent", "50.1", "maximum"),
        ("timeframe", "7m", "choices"),
        ("timeframe", ["1m"], "choices"),
        ("exit_at_average", "yes", "type"),
    ],
)
def test_parameters_out_of_bounds_are_refused(name: str, value: Any, code: str) -> None:
    parameter = {parameter.name: parameter for parameter in BuyBelowAverage.parameters}[name]
    with pytest.raises(ParameterInvalid) as refused:
        parameter.clean(value)
    assert refused.value.code == code


def test_defaults_are_within_their_own_bounds() -> None:
    assert {p.name: p.clean(p.default) for p in BuyBelowAverage.parameters} == {
        "timeframe": "1m",
        "window": 20,
        "threshold_percent": "1",
        "exit_at_average": False,
    }
