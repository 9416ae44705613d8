"""Both ways of dispatch give the orders of runs at every moment: leaving a bot alone between its levels loses nothing.

The same bots trade over the same prices three times. Once the engine runs each at each of its moments: it asks the strategy
itself and knows neither levels nor a roster. Then they are dispatched with `every`, and with `wake`. The orders are compared
to the last digit, and so is what the owners read of every look: stored by the first, and by the others only where a run was
made. Everything but the exchange is real.
"""

import csv
import gzip
import os
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots import engine, tasks, tick_log
from bots.decisions import read_decisions
from bots.dispatch import Dispatcher
from bots.look_notes import look_notes
from bots.models import BotConfiguration
from bots.roster import Roster
from bots.selectors import last_decisions
from bots.tests.walking_market import STEP, SYMBOLS, Market, instruments
from bots.window import claim_window
from saas.clock import to_microseconds
from saas.redis import get_redis
from trades import adoption
from trades.models import Fill, Order, Trade
from trades.tests.conftest import ManualClock
from trades.tests.fake_exchange import AT, FakeSession

# A minute, with a candle in every three seconds: what is known of levels stands for some looks of a bot.
STEPS, CANDLE_STEPS = 240, 12
MINUTE, MOST = timedelta(minutes=1), 1_000
LONG_AGO = AT - MINUTE
# Where in a recording the prices of the next coin are taken from.
APART = 1_500
REASONS = {"below_average", "take_profit", "stop_loss", "trailing_stop", "back_to_average"}
OrderSeen = tuple[Any, ...]
Prices = Sequence[Mapping[str, Decimal]]


def hundredths(lowest: int, highest: int) -> st.SearchStrategy[Decimal]:
    return st.integers(lowest, highest).map(lambda number: Decimal(number) / 100)


def rule(window: int, threshold: Decimal, exit_at_average: bool) -> dict[str, Any]:
    return {
        "timeframe": "1s",
        "window": window,
        "threshold_percent": str(threshold),
        "exit_at_average": exit_at_average,
    }


@dataclass(frozen=True)
class Settings:
    """What one bot is told."""

    rule: Mapping[str, Any]
    symbols: Sequence[str] = SYMBOLS
    most_trades: int = 1
    interval: int = 1
    offset: timedelta = timedelta(0)
    exits: Mapping[str, Decimal | None] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        return {
            "parameters": self.rule,
            "symbols": list(self.symbols),
            "max_open_trades": self.most_trades,
            "interval_seconds": self.interval,
            "next_run_at": AT + self.offset,
            **{f"{name}_percent": percent for name, percent in self.exits.items()},
            # It ran, and nobody has changed it since: what wakes it is a price.
            "last_run_at": AT,
        }


rules = st.builds(rule, st.integers(2, 5), hundredths(1, 15), st.booleans())
exits = st.fixed_dictionaries(
    dict.fromkeys(("take_profit", "stop_loss", "trailing_stop"), st.none() | hundredths(1, 60))
)
offsets = st.integers(0, 999_999).map(lambda number: timedelta(microseconds=number))


@st.composite
def several_bots(draw: st.DrawFn) -> list[Settings]:
    """Of few rules, so that some share one and wait for the same level."""
    few_rules = st.sampled_from(draw(st.lists(rules, min_size=1, max_size=2)))
    symbols = st.lists(st.sampled_from(SYMBOLS), min_size=1, unique=True)
    one = st.builds(Settings, few_rules, symbols, st.integers(1, 3), st.integers(1, 3), offsets, exits)
    return draw(st.lists(one, min_size=2, max_size=3))


# Each example is hundreds of ticks of the real engine.
few = settings(
    max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
starts = st.integers(0, 2_500)


@pytest.fixture(scope="module")
def made_up() -> list[Decimal]:
    """Prices that go up and down by some hundredths of a percent, the same in every run."""
    steps, price, prices = random.Random(7), Decimal(100_000), []
    for _ in range(6_000):
        price = (price * (1 + Decimal(steps.randint(-9, 9)) / 10_000)).quantize(Decimal("0.01"))
        prices.append(price)
    return prices


@pytest.fixture(scope="module")
def recorded() -> list[Decimal]:
    path = Path(os.environ.get("CARDUME_RECORDED_CANDLES") or "not-named")
    if not path.exists():
        pytest.skip("needs recorded candles: name the file in CARDUME_RECORDED_CANDLES")
    with gzip.open(path, "rt") as file:
        return [Decimal(row["close"]) for row in csv.DictReader(file)]


def prices_from(closes: Sequence[Decimal], start: int) -> Prices:
    """Every coin's at each tick."""
    begins = {symbol: start + number * APART for number, symbol in enumerate(SYMBOLS)}
    return [{symbol: closes[begin + step] for symbol, begin in begins.items()} for step in range(STEPS)]


Run = Callable[[datetime], None]


def run_at_every_moment(bots: Sequence[BotConfiguration], clock: ManualClock) -> Run:
    """Whose moment came since the last tick."""

    def run(since: datetime) -> None:
        for bot in bots:
            assert bot.next_run_at is not None
            interval = timedelta(seconds=bot.interval_seconds)
            moments = (bot.next_run_at + interval * number for number in range(STEPS))
            for due_at in (moment for moment in moments if since < moment <= clock()):
                engine.run_bot(bot.pk, due_at, bot.interval_seconds, clock)

    return run


def dispatch(roster: Roster, clock: ManualClock) -> Run:
    """Whom the dispatcher names."""
    dispatcher = Dispatcher(roster)
    claim_window(to_microseconds(clock()))

    def run(_since: datetime) -> None:
        for each in dispatcher.tick(clock):
            tasks.run_trading_bot(
                each.bot_id, each.due_at.isoformat(), each.seconds_to_begin, each.rank.value
            )

    return run


class Trading:
    """Lets bots trade over prices, and says what orders came of it."""

    def __init__(self, pattern: BotConfiguration, market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pattern = BotConfiguration.objects.filter(pk=pattern.pk).values().get()
        self.market = market
        self.monkeypatch = monkeypatch
        session = FakeSession(market.exchange)
        for name, value in {
            "bots.run.open_key_session": lambda _: session,
            "bots.run.get_instruments": lambda _: instruments(),
            "trades.adoption.get_instruments": lambda _: instruments(),
            "bots.tasks.utc_now": market.clock,
        }.items():
            monkeypatch.setattr(name, value)

    def compare(self, told: Sequence[Settings], prices: Prices, settings: Any) -> list[OrderSeen]:
        """The orders of all three, which are the same."""
        clock = self._start_over()
        bots = self._create_bots(told)
        expected = self._trade(prices, run_at_every_moment(bots, clock))
        decided = {bot.pk: read_decisions(bot.pk, MOST) for bot in bots}
        for way in ("every", "wake"):
            settings.BOT_DISPATCH = way
            clock, roster = self._start_over(), Roster()
            self.monkeypatch.setattr("bots.tasks.process_roster", lambda known=roster: known)
            assert self._trade(prices, dispatch(roster, clock)) == expected, way
            look_notes.write()
            for bot in bots:
                assert len(read_decisions(bot.pk, MOST)) < len(decided[bot.pk]), way
                assert last_decisions(bot, MOST, None, clock() + MINUTE) == decided[bot.pk], way
        return expected

    def _create_bots(self, told: Sequence[Settings]) -> list[BotConfiguration]:
        """The only ones there are."""
        BotConfiguration.objects.all().delete()
        rows = [{**self.pattern, **each.fields(), "id": None} for each in told]
        bots = [BotConfiguration.objects.create(**row) for row in rows]
        # Saving them marked them as changed now.
        for bot in bots:
            bot.updated_at = LONG_AGO
        BotConfiguration.objects.bulk_update(bots, ["updated_at"])
        return bots

    def _start_over(self) -> ManualClock:
        for model in (Fill, Order, Trade):
            model.objects.all().delete()
        get_redis().flushdb()
        tick_log.forget()
        look_notes.forget()
        adoption._searched.clear()
        self.market.restart(AT - STEP, candles=0)
        return self.market.clock

    def _trade(self, prices: Prices, run: Run) -> list[OrderSeen]:
        for each in prices:
            since = self.market.clock()
            self.market.show(each)
            run(since)
        fields = ("bot_id", "decision_key", "side", "quantity", "reason", "status", "reference_price")
        return list(Order.objects.order_by("bot_id", "pk").values_list(*fields))


@pytest.fixture
def trading(
    bot: BotConfiguration, clock: ManualClock, redis: object, monkeypatch: pytest.MonkeyPatch
) -> Trading:
    return Trading(bot, Market(clock, CANDLE_STEPS), monkeypatch)


@few
@given(told=several_bots(), start=starts)
def test_over_made_up_prices(
    trading: Trading, made_up: list[Decimal], settings: Any, told: list[Settings], start: int
) -> None:
    trading.compare(told, prices_from(made_up, start), settings)


@few
@given(told=several_bots(), start=starts)
def test_over_recorded_prices(
    trading: Trading, recorded: list[Decimal], settings: Any, told: list[Settings], start: int
) -> None:
    trading.compare(told, prices_from(recorded, start), settings)


def test_of_bots_that_trade_often_and_for_every_reason(
    trading: Trading, made_up: list[Decimal], settings: Any
) -> None:
    shared, tight = rule(3, Decimal("0.05"), True), rule(3, Decimal("0.12"), False)
    percents = dict(
        zip(("take_profit", "stop_loss", "trailing_stop"), map(Decimal, ("0.1", "0.2", "0.15")), strict=True)
    )
    told = [
        Settings(shared, exits={"stop_loss": Decimal("0.1")}),
        Settings(
            shared, most_trades=2, offset=timedelta(seconds=0.6), exits={"take_profit": Decimal("0.05")}
        ),
        Settings(tight, SYMBOLS[:2], 2, 2, exits=percents),
        Settings(rule(2, Decimal("0.04"), False), SYMBOLS[1:], 2, exits={"trailing_stop": Decimal("0.1")}),
    ]
    orders = trading.compare(told, prices_from(made_up, 0), settings)
    assert {reason for *_, reason, _status, _price in orders} == REASONS
    assert len(orders) >= 80
