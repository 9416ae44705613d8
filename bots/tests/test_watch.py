"""Whom the comparisons of markets, families and groups find is whoever's strategy would buy, whatever was kept of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bots.market_view import view_of
from bots.roster import Roster, Watched
from bots.roster_queries import BotRow
from bots.strategies.base import Action, ExitRules
from bots.tests.conftest import PAPER
from bots.watch import find_entries
from exchanges.domain import Ticker
from exchanges.market_data.snapshot import Series, Snapshot
from trades.tests.fake_exchange import AT

SYMBOLS = ("BTC/USDT", "ETH/USDT")
TIMEFRAMES = ("1s", "1m")
BOTS = range(1, 6)
STEP = timedelta(milliseconds=250)


def row(
    bot_id: int, symbols: Sequence[str], timeframe: str, window: int, threshold: int, runs: bool
) -> BotRow:
    parameters = {
        "timeframe": timeframe,
        "window": window,
        "threshold_percent": str(threshold),
        "exit_at_average": False,
    }
    return BotRow(
        bot_id=bot_id,
        owner_id=bot_id,
        exchange_key_id=bot_id,
        venue=PAPER,
        symbols=list(symbols),
        strategy="buy_below_average",
        parameters=parameters,
        interval_seconds=1,
        max_open_trades=1,
        take_profit_percent=None,
        stop_loss_percent=None,
        trailing_stop_percent=None,
        closing=False,
        next_run_at=AT,
        last_run_at=AT,
        updated_at=AT,
        runnable=runs,
    )


changes = st.builds(
    row,
    st.sampled_from(BOTS),
    st.lists(st.sampled_from(SYMBOLS), min_size=1, unique=True),
    st.sampled_from(TIMEFRAMES),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 3).map(bool),
)
prices = st.integers(94, 102).map(Decimal)
closings = st.tuples(st.sampled_from(SYMBOLS), st.sampled_from(TIMEFRAMES), prices)
# What happens between two looks: bots are changed, candles close, a series cannot be had, prices move.
moments = st.tuples(
    st.lists(changes, max_size=2),
    st.lists(closings, max_size=2),
    st.none() | st.tuples(st.sampled_from(SYMBOLS), st.sampled_from(TIMEFRAMES)),
    st.fixed_dictionaries(dict.fromkeys(SYMBOLS, prices)),
)


@given(st.lists(moments, min_size=1, max_size=12))
def test_it_is_whoever_would_buy(
    story: list[
        tuple[
            list[BotRow],
            list[tuple[str, str, Decimal]],
            tuple[str, str] | None,
            dict[str, Decimal],
        ]
    ],
) -> None:
    roster = Roster()
    series = {
        (symbol, timeframe): Series(AT, (Decimal(100),) * 3) for symbol in SYMBOLS for timeframe in TIMEFRAMES
    }
    for number, (changed, closed, lost, told) in enumerate(story):
        at = AT + STEP * number
        roster._take_changed(replace(each, updated_at=at) for each in changed)
        roster._take_holdings([], [])
        for symbol, timeframe, close in closed:
            series[symbol, timeframe] = Series(at, (*series[symbol, timeframe].closes[1:], close))
        there = {name: each for name, each in series.items() if name != lost}
        tickers = {symbol: Ticker(symbol, price, price, price) for symbol, price in told.items()}
        snapshot = Snapshot(PAPER, at, tickers, there, simulated=True)
        found = [(one.bot.bot_id, one.symbol) for one in find_entries(roster, {PAPER: snapshot})]
        assert sorted(found) == sorted(buyers(roster, snapshot))
        assert set(roster.needs.get(PAPER, ())) == needs(roster)


def buyers(roster: Roster, snapshot: Snapshot) -> list[tuple[int, str]]:
    return [
        (bot.bot_id, symbol)
        for bot in roster.bots.values()
        for symbol in bot.symbols
        if would_buy(bot, symbol, snapshot)
    ]


def would_buy(bot: Watched, symbol: str, snapshot: Snapshot) -> bool:
    view = view_of(snapshot, symbol, bot.rule.need)
    assert view is not None
    return bot.rule.strategy.decide(view, None, ExitRules(), bot.rule.parameters).action is Action.BUY


def needs(roster: Roster) -> set[tuple[str, str, int]]:
    return {
        (symbol, bot.rule.need.timeframe, bot.rule.need.window)
        for bot in roster.bots.values()
        for symbol in bot.symbols
    }
