"""Between its levels a strategy does nothing: whoever watches the levels misses no order."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bots.strategies.base import Action, ExitRules, MarketView, Position
from bots.strategies.buy_below_average import BuyBelowAverage
from trades.tests.fake_exchange import AT

STRATEGY = BuyBelowAverage()
prices = st.decimals(Decimal("0.00000001"), Decimal(1_000_000), places=8)
percents = st.decimals(Decimal("0.01"), Decimal(50), places=2)
exit_rules = st.builds(ExitRules, *[st.none() | percents] * 3)
parameters = st.fixed_dictionaries(
    {
        "timeframe": st.just("1m"),
        "window": st.integers(2, 500),
        "threshold_percent": percents.map(str),
        "exit_at_average": st.booleans(),
    }
)


@st.composite
def positions(draw: st.DrawFn) -> Position:
    entry, peak = sorted([draw(prices), draw(prices)])
    return Position(entry, peak, AT)


@given(prices, st.none() | prices, st.none() | positions(), exit_rules, parameters)
def test_it_acts_exactly_where_a_level_is_crossed(
    price: Decimal,
    average: Decimal | None,
    position: Position | None,
    exits: ExitRules,
    parameters: dict[str, object],
) -> None:
    view = MarketView("BTC/USDT", price, average, 500)
    levels = STRATEGY.levels(view, position, exits, parameters)
    around = [price, *(level for level in (levels.below, levels.above) if level)]
    for at in [step * level for level in around for step in (Decimal("0.999999"), 1, Decimal("1.000001"))]:
        signal = STRATEGY.decide(MarketView("BTC/USDT", at, average, 500), position, exits, parameters)
        assert levels.are_crossed(at) == (signal.action in {Action.BUY, Action.SELL})
