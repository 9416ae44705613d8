"""What is derived from the tick log is what a run would have stored; what no run decided is not claimed to be decided."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots import engine, tick_log
from bots.cooldown import BUDGETS
from bots.decisions import Decision, keep_decisions, read_decisions, spell, time_of
from bots.derived import derive_decisions
from bots.dispatch import Dispatcher
from bots.look_times import last_moment, read_looks
from bots.market_view import view_of
from bots.models import BotConfiguration
from bots.roster import Roster
from bots.selectors import last_decisions
from bots.strategies.base import CandleNeed
from bots.tests.conftest import PAPER
from bots.tests.walking_market import STEP, SYMBOLS, Market, instruments
from bots.tick_log import record
from bots.ticks import Average, Need, Tick
from bots.window import claim_window
from saas.clock import to_microseconds
from saas.redis import get_redis
from tests.cast import make_order
from trades.halting import bot_target, halt_as_owner
from trades.models import Fill, Order, Trade
from trades.tests.conftest import ManualClock
from trades.tests.fake_exchange import AT, FakeSession

SECOND = timedelta(seconds=1)
STEPS = 240
MOST = 1_000
NEED = CandleNeed("1s", 6)


@pytest.fixture
def market(redis: Any, bot: BotConfiguration, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Market:
    market = Market(clock)
    session = FakeSession(market.exchange)
    for module in ("bots.run", "trades.sweeper"):
        monkeypatch.setattr(f"{module}.open_key_session", lambda _: session)
    monkeypatch.setattr("bots.run.get_instruments", lambda _: instruments())
    return market


@pytest.fixture
def watched(bot: BotConfiguration, settings: Any) -> BotConfiguration:
    """The bot with three symbols and an average over six seconds, started a while ago."""
    settings.BOT_DISPATCH = "wake"
    bot.symbols = list(SYMBOLS)
    bot.parameters = {"timeframe": "1s", "window": 6, "threshold_percent": "1", "exit_at_average": False}
    bot.interval_seconds = 1
    bot.save()
    return set_fields(bot, updated_at=AT - SECOND * 60)


def set_fields(bot: BotConfiguration, **values: Any) -> BotConfiguration:
    BotConfiguration.objects.filter(pk=bot.pk).update(**values)
    found: BotConfiguration = BotConfiguration.objects.select_related("exchange_key").get(pk=bot.pk)
    return found


def log_tick(market: Market, **changes: Any) -> Tick:
    """What the dispatcher records at this instant."""
    now, found = market.clock(), market.snapshot
    views = {symbol: view_of(found, symbol, NEED) for symbol in SYMBOLS}
    values = {
        "since": now - STEP,
        "at": now,
        "known_until": now - STEP,
        "taken_at": found.taken_at,
        "prices": {symbol: view.price for symbol, view in views.items() if view},
        "averages": {
            Need(symbol, NEED.timeframe, NEED.window): Average(view.average, view.candles)
            for symbol, view in views.items()
            if view
        },
    }
    tick = Tick(**{**values, **changes})
    record(PAPER, tick)
    return tick


def run(bot: BotConfiguration, clock: ManualClock, due_at: datetime) -> None:
    assert engine.run_bot(bot.pk, due_at, bot.interval_seconds, clock)


def derive(
    bot: BotConfiguration, stored: Sequence[Decision], read_at: datetime, now: datetime
) -> list[Decision]:
    return list(derive_decisions(bot, read_looks(bot, read_at), stored, now))


def without_acting_runs(decisions: Sequence[Decision]) -> tuple[list[Decision], list[Decision]]:
    """Those of runs that placed no order, and those of runs that did."""
    acting = {each.due for each in decisions if each.action in {"buy", "sell"}}
    quiet = [each for each in decisions if each.due not in acting]
    return quiet, [each for each in decisions if each.due in acting]


moves = st.tuples(*[st.integers(-12, 12)] * len(SYMBOLS)).map(
    lambda each: dict(zip(SYMBOLS, each, strict=True))
)
# What becomes of a tick: it is looked at; its window is lost with whoever claimed it; the next one takes its window over.
fates = st.sampled_from(["looked"] * 8 + ["lost", "late"])
steps = st.lists(st.tuples(moves, fates, st.integers(0, 9).map(bool)), min_size=20, max_size=50)
percents = st.none() | st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(2)])
configurations = st.fixed_dictionaries(
    {
        "max_open_trades": st.integers(1, 3),
        "interval_seconds": st.sampled_from([1, 1, 2, 3]),
        "take_profit_percent": percents,
        "stop_loss_percent": percents,
        "trailing_stop_percent": percents,
    }
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large], max_examples=8
)
@given(steps, configurations, st.none() | st.integers(0, 60))
def test_it_is_what_runs_at_every_moment_have_stored(
    market: Market,
    watched: BotConfiguration,
    clock: ManualClock,
    walk: list[tuple[dict[str, int], str, bool]],
    configuration: dict[str, Any],
    changed_at_step: int | None,
) -> None:
    start_over(market, watched)
    bot = set_fields(watched, **configuration, updated_at=AT - SECOND * 60)
    known_from, since = AT, clock()
    for number, (moved, fate, published) in enumerate(walk):
        if number == changed_at_step:
            bot = set_fields(watched, take_profit_percent=Decimal("0.7"), updated_at=clock())
            known_from = clock() + SECOND
        market.step(moved, published)
        if fate != "late":
            look_and_run(bot, market, since, fate)
            since = clock()
    now = clock() + SECOND * 3_600
    stored = [each for each in read_decisions(bot.pk, MOST) if time_of(each) >= known_from + STEP]
    quiet, acting = without_acting_runs(stored)
    assert derive(bot, acting, clock(), now) == quiet


def look_and_run(bot: BotConfiguration, market: Market, since: datetime, fate: str) -> None:
    """A window of the dispatcher's, and the run of its last moment."""
    if fate == "lost":
        return
    log_tick(market, since=since, known_until=market.clock() - STEP)
    due_at = last_moment(bot, market.clock())
    if due_at is not None and due_at > since:
        run(bot, market.clock, due_at)


def start_over(market: Market, bot: BotConfiguration) -> None:
    for model in (Fill, Order, Trade):
        model.objects.all().delete()
    get_redis().flushdb()
    tick_log.forget()
    market.restart(AT, candles=4)


def test_what_an_owner_reads_is_the_same_for_both_ways_of_dispatch(
    market: Market, watched: BotConfiguration, settings: Any
) -> None:
    fields = {"take_profit_percent": Decimal(1), "trailing_stop_percent": Decimal(2), "max_open_trades": 2}
    seen = {}
    for way in ("every", "wake"):
        settings.BOT_DISPATCH = way
        start_over(market, watched)
        bot = set_fields(
            watched, **fields, next_run_at=AT + SECOND, last_run_at=None, updated_at=AT - SECOND * 60
        )
        runs = dispatch_all(market, random.Random(3))
        seen[way] = [replace(each, due=None) for each in decisions(bot, market)]
        assert len(seen[way]) == STEPS // 4 * len(SYMBOLS)
        assert (runs == STEPS // 4) is (way == "every")
    assert seen["wake"] == seen["every"]
    assert {each.action for each in seen["wake"]} == {"buy", "sell", "hold", "wait", "skip"}


def dispatch_all(market: Market, moves: random.Random) -> int:
    """Let the dispatcher look at a walk of prices, and run whom it names; how many runs that were."""
    dispatcher, runs = Dispatcher(Roster()), 0
    claim_window(to_microseconds(market.clock()))
    for _ in range(STEPS):
        market.step({symbol: moves.randint(-6, 6) for symbol in SYMBOLS})
        dispatcher._roster.forget()
        for run in dispatcher.tick(market.clock):
            runs += engine.run_bot(run.bot_id, run.due_at, run.seconds_to_begin, market.clock)
    return runs


def decisions(bot: BotConfiguration, market: Market, limit: int = MOST, symbol: str | None = None) -> Any:
    """What the owner reads after everything that was sent has had its time."""
    return last_decisions(bot, limit, symbol, market.clock() + SECOND * 60)


def codes(found: Sequence[Decision]) -> list[tuple[str, str]]:
    return [(each.symbol[:3], each.code) for each in found]


def look_for(market: Market, seconds: int = 1, **moves: int) -> None:
    """A second of ticks, four to each, the prices moving at the first."""
    for number in range(4 * seconds):
        market.step({f"{coin}/USDT": moved for coin, moved in moves.items()} if number == 0 else {})
        log_tick(market)


def test_a_quiet_bot_has_a_decision_for_every_symbol_at_every_moment(
    market: Market, watched: BotConfiguration
) -> None:
    look_for(market, seconds=3, BTC=2)
    found = decisions(watched, market)
    assert [each.at for each in found[::3]] == [f"2026-11-20T12:00:0{n}Z" for n in (3, 2, 1)]
    assert codes(found[:3]) == [
        ("BTC", "above_average"),
        ("ETH", "not_far_enough_below"),
        ("XRP", "not_far_enough_below"),
    ]
    assert (found[0].price, found[0].average, found[0].due) == (
        "100.2",
        "100.1",
        found[0].at,
    )


def test_it_is_cut_to_the_limit_and_to_the_symbol(market: Market, watched: BotConfiguration) -> None:
    look_for(market, seconds=5)
    assert [each.symbol for each in decisions(watched, market, limit=4)] == [*SYMBOLS, SYMBOLS[0]]
    found = decisions(watched, market, limit=2, symbol="ethusdt")
    assert [(each.symbol, each.at[-3:-1]) for each in found] == [("ETH/USDT", "05"), ("ETH/USDT", "04")]
    assert decisions(watched, market, symbol="DOGE/USDT") == []


def test_what_a_run_stored_takes_the_place_of_what_would_be_derived(
    market: Market, watched: BotConfiguration
) -> None:
    look_for(market, seconds=2)
    late = AT + SECOND * 1.9
    keep_decisions(watched.pk, [Decision(spell(late), "ETH/USDT", "wait", "stored")], AT + SECOND)
    assert codes(decisions(watched, market)) == [
        ("BTC", "not_far_enough_below"),
        ("ETH", "not_far_enough_below"),
        ("XRP", "not_far_enough_below"),
        ("ETH", "stored"),
        ("BTC", "not_far_enough_below"),
        ("XRP", "not_far_enough_below"),
    ]


def test_a_wanted_order_that_no_run_decided_on_is_told_as_that(
    market: Market, watched: BotConfiguration
) -> None:
    look_for(market, BTC=-30)
    [first, *_] = decisions(watched, market)
    assert (first.action, first.code, first.details) == ("skip", "not_run", {})


def test_while_a_run_may_still_come_nothing_is_said_of_it(market: Market, watched: BotConfiguration) -> None:
    look_for(market, BTC=-30)
    found = last_decisions(watched, MOST, None, market.clock() + SECOND * 2)
    assert [each.symbol for each in found] == ["ETH/USDT", "XRP/USDT"]


@pytest.mark.parametrize(
    "code",
    [*BUDGETS.values(), "exchange_held", "exchange_unavailable", "insufficient_balance", "order_not_sent"],
)
def test_what_a_run_met_goes_on_to_be_the_reason(
    market: Market, watched: BotConfiguration, code: str
) -> None:
    look_for(market, BTC=-30)
    met = Decision(spell(market.clock()), "BTC/USDT", "skip", code, details={"free": "1"})
    keep_decisions(watched.pk, [met], market.clock())
    look_for(market, seconds=2)
    [newest, *_] = decisions(watched, market, symbol="BTC/USDT")
    assert (newest.code, newest.details) == (code, {"free": "1"})
    assert newest.price == "97"


@pytest.mark.parametrize(
    "last",
    [Decision("", "BTC/USDT", "wait", "above_average"), Decision("", "BTC/USDT", "skip", "max_open_trades")],
)
def test_what_does_not_last_is_not_carried_on(
    market: Market, watched: BotConfiguration, last: Decision
) -> None:
    look_for(market, BTC=-30)
    keep_decisions(watched.pk, [replace(last, at=spell(market.clock()))], market.clock())
    look_for(market)
    assert decisions(watched, market, symbol="BTC/USDT")[0].code == "not_run"


def test_a_halt_is_the_reason_from_when_it_began(market: Market, watched: BotConfiguration) -> None:
    look_for(market, BTC=-30)
    halt_as_owner(bot_target(watched), watched.owner, "", market.clock() + STEP)
    look_for(market)
    found = decisions(watched, market, symbol="BTC/USDT")
    assert [each.code for each in found] == ["entries_halted", "not_run"]
    assert found[0].details["scope"] == "bot"


def test_a_full_bot_says_so_at_the_moments_it_was_full(market: Market, watched: BotConfiguration) -> None:
    hold(watched, AT + SECOND, AT + SECOND * 3)
    look_for(market, seconds=4, BTC=-30)
    found = decisions(watched, market)
    held = {each.at[-3:-1]: each.code for each in found if each.symbol == "ETH/USDT"}
    assert held == {
        "01": "in_trade",
        "02": "in_trade",
        "03": "not_far_enough_below",
        "04": "not_far_enough_below",
    }
    full = [each.code for each in found if each.symbol == "BTC/USDT"]
    assert full == ["not_run", "not_run", "max_open_trades", "max_open_trades"]


def test_a_symbol_that_is_held_and_no_longer_watched_is_told_too(
    market: Market, watched: BotConfiguration
) -> None:
    hold(watched, AT)
    bot = set_fields(watched, symbols=["BTC/USDT"])
    look_for(market)
    assert codes(decisions(bot, market)) == [("BTC", "not_far_enough_below"), ("ETH", "in_trade")]


def test_on_old_prices_nothing_is_bought(market: Market, watched: BotConfiguration) -> None:
    market.step({"BTC/USDT": -30})
    for _ in range(27):
        market.step({}, published=False)
    log_tick(market)
    [first, *_] = decisions(watched, market)
    assert (first.code, first.details) == ("stale_market", {"age": "7"})


def test_without_a_price_or_a_snapshot_it_waits(market: Market, watched: BotConfiguration) -> None:
    market.step({})
    log_tick(market, since=AT - STEP, taken_at=None, prices={}, averages={})
    assert codes(decisions(watched, market)) == [(coin, "no_price") for coin in ("BTC", "ETH", "XRP")]


def test_an_average_that_nobody_took_is_not_made_up(market: Market, watched: BotConfiguration) -> None:
    market.step({})
    log_tick(market, since=AT - STEP, averages={})
    assert decisions(watched, market) == []


def test_while_an_order_is_not_settled_only_runs_speak(market: Market, watched: BotConfiguration) -> None:
    make_order(watched, status="UNKNOWN", symbol="XRP/USDT", created_at=AT + SECOND * 1.5)
    look_for(market, seconds=3)
    assert {each.at[-3:-1] for each in decisions(watched, market)} == {"01"}


def test_of_a_bot_that_is_closing_only_runs_speak(market: Market, watched: BotConfiguration) -> None:
    look_for(market)
    assert decisions(set_fields(watched, closing=True), market) == []


def test_a_rest_that_was_given_up_was_held_until_then(market: Market, watched: BotConfiguration) -> None:
    """Its trade is closed as of its last fill, here the entry's."""
    hold(watched, AT - SECOND * 900, AT - SECOND * 900, dust=Decimal("0.00001"))
    look_for(market, seconds=3, ETH=-30)
    assert decisions(watched, market, symbol="ETH/USDT")[0].code == "not_run"
    given_up = Decision(spell(AT + SECOND * 2.5), "ETH/USDT", "skip", "nothing_to_sell")
    keep_decisions(watched.pk, [given_up])
    told = [(each.at[-3:-1], each.code) for each in decisions(watched, market, symbol="ETH/USDT")]
    assert told[0] == ("03", "not_run")
    assert told[2:] == [("01", "in_trade")]


def test_a_trailing_stop_is_told_by_the_peak_of_its_moment(market: Market, watched: BotConfiguration) -> None:
    bot = set_fields(watched, trailing_stop_percent=Decimal(2))
    trade = hold(bot, AT)
    for moved in (0, 30, -10, 30):
        look_for(market, ETH=moved)
    trade.peak_price = Decimal("105.03")
    trade.save()
    assert [each.code for each in decisions(bot, market, symbol="ETH/USDT")] == ["in_trade"] * 4
    look_for(market, ETH=-25)
    assert decisions(bot, market, symbol="ETH/USDT")[0].code == "not_run"


def test_a_peak_from_before_the_log_counts(market: Market, watched: BotConfiguration) -> None:
    bot = set_fields(watched, trailing_stop_percent=Decimal(2))
    hold(bot, AT - SECOND * 900, peak_price=Decimal(103))
    look_for(market)
    assert decisions(bot, market, symbol="ETH/USDT")[0].code == "not_run"


def hold(
    bot: BotConfiguration, opened_at: datetime, closed_at: datetime | None = None, **fields: Any
) -> Trade:
    values = {
        "symbol": "ETH/USDT",
        "base": "ETH",
        "quote": "USDT",
        "lot_size": Decimal("0.00001"),
        "entry_price": Decimal(100),
        "display_currency": "BRL",
        "status": "CLOSED" if closed_at else "OPEN",
    }
    return Trade.objects.create(
        owner=bot.owner,
        bot=bot,
        exchange_key=bot.exchange_key,
        opened_at=opened_at,
        closed_at=closed_at,
        **{**values, **fields},
    )
