"""The preview's walk is the bot's own strategy, and where a candle leaves something open it is decided against the user."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.averages import Average
from bots.preview import RoundTrip, Step, looks, walk
from bots.preview_money import Terms, add_up, find_results
from bots.rule import Rule
from bots.strategies import STRATEGIES
from bots.strategies.base import Action, ExitRules, Position
from exchanges.domain import Candle
from trades.domain import Reason
from trades.tests.conftest import BTC

START = datetime(2026, 11, 20, tzinfo=UTC)
TICK = Decimal("0.01")


def rule(at_average: bool = False, threshold: str = "1", **exits: str) -> Rule:
    parameters = {"timeframe": "1m", "window": 2, "threshold_percent": threshold}
    percents = {f"{name}_percent": Decimal(value) for name, value in exits.items()}
    strategy = STRATEGIES["buy_below_average"]
    return Rule("BTC/USDT", strategy, {**parameters, "exit_at_average": at_average}, ExitRules(**percents))


def step(minute: int, candle: str, average: str | None = "100") -> Step:
    """`candle` is open, high, low and close."""
    first, high, low, last = (Decimal(text) for text in candle.split())
    value = None if average is None else Decimal(average)
    opened = START + timedelta(minutes=minute)
    return Step(Candle(opened, first, high, low, last, Decimal(1)), Average(value, 2 if average else 0))


def flat(prices: Iterable[Decimal], averages: Iterable[Decimal | None]) -> list[Step]:
    return [
        Step(
            Candle(START + timedelta(minutes=minute), price, price, price, price, Decimal(1)),
            Average(average, 2 if average else 0),
        )
        for minute, (price, average) in enumerate(zip(prices, averages, strict=False))
    ]


def drive(chosen: Rule, steps: list[Step]) -> list[RoundTrip]:
    """What `decide` says price by price, with one trade at most and the highest price kept as the engine keeps it."""
    trips: list[RoundTrip] = []
    position: Position | None = None
    for each in steps:
        price, at = each.candle.open, each.candle.open_time
        if position is not None:
            position = Position(position.entry_price, max(position.peak_price, price), position.opened_at)
        signal = chosen.decide(price, each.average, position)
        if signal.action is Action.BUY and signal.reason:
            position = Position(price, price, at)
            trips.append(RoundTrip(at, price, signal.reason))
        elif signal.action is Action.SELL and position is not None:
            opened = trips.pop()
            trips.append(
                RoundTrip(opened.opened_at, opened.entry_price, opened.entry_reason, at, price, signal.reason)
            )
            position = None
    return trips


PERCENTS = st.none() | st.decimals("0.1", "6", places=1)
PRICES = st.lists(st.decimals("90", "110", places=2), min_size=1, max_size=60)


@given(
    PRICES,
    st.lists(st.none() | st.decimals("95", "105", places=4), min_size=60, max_size=60),
    st.builds(ExitRules, PERCENTS, PERCENTS, PERCENTS),
    st.booleans(),
)
def test_on_candles_of_one_price_it_is_decide_price_by_price(
    prices: list[Decimal], averages: list[Decimal | None], exits: ExitRules, at_average: bool
) -> None:
    plain = rule(at_average)
    chosen = Rule(plain.symbol, plain.strategy, plain.parameters, exits)
    steps = flat(prices, averages)
    assert walk(chosen, steps, TICK) == drive(chosen, steps)


@st.composite
def candles(draw: st.DrawFn) -> list[Step]:
    steps = []
    for minute in range(draw(st.integers(1, 40))):
        low, one, other, high = sorted(
            draw(st.lists(st.decimals("90", "110", places=2), min_size=4, max_size=4))
        )
        opened, closed = draw(st.sampled_from([(one, other), (other, one)]))
        average = draw(st.none() | st.decimals("95", "105", places=3))
        steps.append(
            step(minute, f"{opened} {high} {low} {closed}", None if average is None else f"{average}")
        )
    return steps


@given(candles(), st.builds(ExitRules, PERCENTS, PERCENTS, PERCENTS), st.booleans())
def test_every_purchase_and_sale_is_one_that_the_strategy_decides_at_a_price_of_that_candle(
    steps: list[Step], exits: ExitRules, at_average: bool
) -> None:
    plain = rule(at_average)
    chosen = Rule(plain.symbol, plain.strategy, plain.parameters, exits)
    by_time = {each.candle.open_time: each for each in steps}
    before = None
    for trip in walk(chosen, steps, TICK):
        bought = by_time[trip.opened_at]
        assert bought.candle.low <= trip.entry_price <= bought.candle.high
        assert chosen.decide(trip.entry_price, bought.average, None).action is Action.BUY
        assert before is None or before < trip.opened_at
        before = trip.closed_at
        if trip.exit_price is not None and trip.closed_at is not None:
            sold = by_time[trip.closed_at].candle
            assert sold.low <= trip.exit_price <= sold.high
    open_ones = [trip for trip in walk(chosen, steps, TICK) if trip.closed_at is None]
    assert len(open_ones) <= 1


def trips(chosen: Rule, *steps: Step) -> list[tuple[str, str | None, Reason | None]]:
    return [
        (str(trip.entry_price), None if trip.exit_price is None else str(trip.exit_price), trip.exit_reason)
        for trip in walk(chosen, steps, TICK)
    ]


@pytest.mark.parametrize(
    ("candle", "price"),
    [
        ("100 101 98 100", "99.00"),
        ("98.5 100 98 100", "98.5"),
        ("100 101 99.01 100", None),
    ],
)
def test_it_buys_at_the_level_or_where_a_candle_opens_below_it(candle: str, price: str | None) -> None:
    expected = [] if price is None else [(price, None, None)]
    assert trips(rule(), step(0, candle)) == expected


def test_a_level_between_two_ticks_is_met_at_the_next_one_that_crosses_it() -> None:
    assert trips(rule(), step(0, "100 100 98 98.5", "100.005")) == [("99.00", None, None)]


def test_without_an_average_it_waits() -> None:
    assert trips(rule(), step(0, "90 90 80 80", None)) == []


BOUGHT = step(0, "99 99 99 99")


@pytest.mark.parametrize(
    ("candle", "sale"),
    [
        ("99 103 98 100", ("100.98", "take_profit")),
        ("102 103 90 100", ("102", "take_profit")),
        ("99 100 90 95", ("96.03", "stop_loss")),
        ("94 103 90 95", ("94", "stop_loss")),
        ("99 103 90 100", ("96.03", "stop_loss")),
        ("99 100 97 98", (None, None)),
    ],
)
def test_it_sells_at_the_level_or_the_open_and_the_stop_comes_first(
    candle: str, sale: tuple[str | None, str | None]
) -> None:
    chosen = rule(take_profit="2", stop_loss="3")
    [(_, price, reason)] = trips(chosen, BOUGHT, step(1, candle, "60"))
    assert (price and Decimal(price), reason) == (sale[0] and Decimal(sale[0]), sale[1])


def test_the_stop_may_be_met_in_the_candle_of_the_purchase() -> None:
    assert trips(rule(stop_loss="3"), step(0, "100 100 90 100")) == [("99.00", "96.03", "stop_loss")]


@pytest.mark.parametrize(
    ("candle", "sold"), [("100 105 98 100", False), ("100 105 98 102", True), ("98 105 98 98", True)]
)
def test_a_target_in_the_candle_of_the_purchase_counts_if_it_came_afterwards(candle: str, sold: bool) -> None:
    [(_, price, _)] = trips(rule(take_profit="2"), step(0, candle))
    assert (price is not None) is sold


@pytest.mark.parametrize(
    ("candle", "price"),
    [
        ("100 110 98.01 109", None),
        ("100 110 100 105", "107.80"),
        ("100 110 90 109", "98"),
    ],
)
def test_a_trailing_stop_follows_the_highest_price_and_never_one_that_came_later(
    candle: str, price: str | None
) -> None:
    """It is at 97.02 after the purchase, and at 98 once the candle has opened."""
    [(_, found, _)] = trips(rule(trailing_stop="2"), BOUGHT, step(1, candle, "60"))
    assert (found and Decimal(found)) == (price and Decimal(price))


def test_it_sells_back_at_the_average() -> None:
    chosen = rule(at_average=True)
    assert trips(chosen, BOUGHT, step(1, "99 101 99 99")) == [("99", "100", "back_to_average")]


def test_after_a_sale_it_buys_again_from_the_next_candle_on() -> None:
    chosen = rule(stop_loss="3")
    falling = [step(0, "99 99 90 90"), step(1, "90 90 90 90")]
    assert trips(chosen, *falling) == [("99", "96.03", "stop_loss"), ("90", None, None)]


def test_a_bot_that_looks_seldom_meets_the_prices_of_its_looks_only() -> None:
    steps = [step(minute, f"{100 - minute} 120 50 60") for minute in range(7)]
    seen = [each.candle for each in looks(steps, 3)]
    assert [(one.open, one.high, one.low, one.close) for one in seen] == [
        (price, price, price, price) for price in (Decimal(100), Decimal(97), Decimal(94))
    ]


def test_results_are_after_fees_and_on_the_exchanges_steps() -> None:
    found = walk(rule(take_profit="2"), [BOUGHT, step(1, "99 103 98 100", "60")], TICK)
    terms = Terms(BTC, Decimal(100), Decimal(5))
    [result] = find_results(found, terms, Decimal(100))
    assert result.quantity % BTC.lot_size == 0
    assert Decimal("1.78") < result.percent < Decimal("1.80")
    cost = result.quantity * 99
    assert abs(result.pnl * 5 - cost * result.percent / 100) < Decimal("0.001")
    assert add_up([result, result], Decimal(20)).percent == (result.pnl * 2 / 20 * 100).quantize(
        Decimal("0.0001")
    )


def test_an_open_trade_counts_at_the_last_price() -> None:
    terms = Terms(BTC, Decimal(100), Decimal(5))
    [result] = find_results(walk(rule(), [BOUGHT], TICK), terms, Decimal(198))
    assert Decimal("99.79") < result.percent < Decimal("99.81")


def test_a_capital_that_is_too_small_still_has_a_result() -> None:
    terms = Terms(BTC, Decimal("0.000001"), Decimal(5))
    found = walk(rule(take_profit="2"), [BOUGHT, step(1, "99 103 98 100", "60")], TICK)
    [result] = find_results(found, terms, Decimal(100))
    assert result.quantity > 0
    assert result.percent > 0
