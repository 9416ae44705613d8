"""Which bots run when: due ones of every user, once, when something could come of it, and never those that cannot."""

import logging
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError
from redis.exceptions import ConnectionError as NotConnected

from bots.cooldown import Cooldown
from bots.cooldown import begin as begin_cooldown
from bots.dispatch import Dispatcher, Run
from bots.models import BotConfiguration, BotStatus
from bots.rank import Rank
from bots.roster import Roster
from bots.tests.conftest import SetMarket
from bots.window import claim_window
from saas import counters
from saas.clock import to_microseconds
from tests.cast import make_order
from trades.domain import Leg, OrderStatus
from trades.halting import PLATFORM, halt_as_operator, resume_as_operator
from trades.models import Trade
from trades.tests.conftest import ManualClock
from trades.tests.fake_exchange import AT
from users.models import ExchangeAPIKey, KeyState, User

Tick = Callable[..., list[Run]]


@pytest.fixture
def tick(clock: ManualClock, redis: object, settings: Any) -> Tick:
    """Let time pass and dispatch, with a roster that is never behind."""
    settings.BOT_DISPATCH = "wake"
    dispatcher = Dispatcher(Roster())
    claim_window(to_microseconds(clock()))

    def dispatch(seconds: float = 1) -> list[Run]:
        clock.advance(seconds)
        dispatcher._roster.forget()
        return dispatcher.tick(clock)

    return dispatch


@pytest.fixture
def quiet_bot(bot: BotConfiguration, clock: ManualClock) -> BotConfiguration:
    """It ran a moment ago, since when its settings have not changed."""
    BotConfiguration.objects.update(
        interval_seconds=1, next_run_at=AT, updated_at=clock(), last_run_at=clock() + timedelta(seconds=1)
    )
    return bot


def hold(bot: BotConfiguration, **fields: Any) -> Trade:
    values = {
        "symbol": "BTC/USDT",
        "base": "BTC",
        "quote": "USDT",
        "lot_size": Decimal("0.00001"),
        "entry_price": Decimal(100),
        "display_currency": "BRL",
    }
    key = bot.exchange_key
    return Trade.objects.create(
        owner=bot.owner, bot=bot, exchange_key=key, opened_at=AT, **{**values, **fields}
    )


def copy(bot: BotConfiguration, owner: User, name: str) -> BotConfiguration:
    fields = BotConfiguration.objects.filter(pk=bot.pk).values().get()
    key = ExchangeAPIKey.objects.filter(owner=owner).first() or ExchangeAPIKey.objects.create(
        owner=owner, exchange="binance", environment="paper", label="b", state=KeyState.VALID
    )
    return BotConfiguration.objects.create(
        **{**fields, "id": None, "owner_id": owner.pk, "exchange_key_id": key.pk, "name": name}
    )


def test_a_bot_between_its_levels_is_looked_at_and_left_alone(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket, redis: Any
) -> None:
    set_market("99.01")
    assert [tick() for _ in range(5)] == [[]] * 5
    counters.flush()
    assert int(redis.get(counters.counter_key("looks"))) == 5


def test_a_bot_whose_entry_level_is_crossed_is_run_at_its_moment(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    set_market("99")
    [run] = tick(1.3)
    assert (run.bot_id, run.due_at, run.rank) == (quiet_bot.pk, AT + timedelta(seconds=1), Rank.ENTRY)


def test_between_its_moments_it_is_not_run(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(interval_seconds=10)
    runs = []
    for _ in range(10):
        set_market("99")
        runs.append(len(tick(0.999)))
    assert runs == [0] * 9 + [1]


@pytest.mark.parametrize("dispatch", ["wake", "every"])
@pytest.mark.parametrize("closing", [False, True])
def test_a_start_or_close_all_between_two_refreshes_of_the_roster_is_not_missed(
    quiet_bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    settings: Any,
    closing: bool,
    dispatch: str,
) -> None:
    settings.BOT_DISPATCH = dispatch
    status = BotStatus.ACTIVE if closing else BotStatus.STOPPED
    BotConfiguration.objects.update(interval_seconds=86_400, status=status)
    set_market("100")
    claim_window(to_microseconds(clock()))
    dispatcher = Dispatcher(Roster())
    clock.advance(100)
    dispatcher.tick(clock)
    clock.advance(0.1)
    now, sent = clock(), []
    BotConfiguration.objects.update(status=BotStatus.ACTIVE, closing=closing, next_run_at=now, updated_at=now)
    for _ in range(5):
        clock.advance(0.25)
        sent += dispatcher.tick(clock)
    assert [(run.due_at, run.rank) for run in sent][:1] == [(now + timedelta(seconds=closing), Rank.ASKED)]
    assert len(sent) == 1


def test_a_closing_bot_tries_to_sell_each_second_however_rarely_it_looks(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(interval_seconds=86_400, closing=True)
    hold(quiet_bot)
    set_market("100")
    assert [len(tick()) for _ in range(3)] == [1, 1, 1]


def test_a_run_that_was_sent_is_given_time_before_another_is_sent_for_the_same(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    set_market("99")
    assert [len(tick()) for _ in range(4)] == [1, 0, 0, 1]


def test_a_full_bot_is_not_run_for_entries(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    hold(quiet_bot, symbol="ETH/USDT", base="ETH")
    set_market("99")
    assert tick() == []


def test_a_bot_that_pauses_after_a_refusal_is_left_alone(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    begin_cooldown(quiet_bot.pk, "BTC/USDT", Leg.ENTRY, Cooldown("order_refused", {}))
    set_market("99")
    assert tick() == []


def test_stale_prices_wake_for_exits_and_not_for_entries(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    set_market("90")
    assert tick(30) == []
    BotConfiguration.objects.update(stop_loss_percent=Decimal(5))
    hold(quiet_bot)
    assert len(tick()) == 1


@pytest.mark.parametrize(
    ("changes", "price"),
    [
        ({"stop_loss_percent": Decimal(5)}, "95"),
        ({"take_profit_percent": Decimal(5)}, "105"),
        ({"trailing_stop_percent": Decimal(5)}, "104.5"),
    ],
)
def test_an_exit_level_that_is_crossed_wakes_its_bot(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket, changes: dict[str, Decimal], price: str
) -> None:
    BotConfiguration.objects.update(**changes)
    hold(quiet_bot, peak_price=Decimal(110))
    set_market("100") if "trailing_stop_percent" not in changes else set_market("106")
    assert tick() == []
    set_market(price)
    assert len(tick()) == 1


def test_an_exit_that_is_under_way_is_not_sent_again(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(stop_loss_percent=Decimal(5))
    trade = hold(quiet_bot)
    set_market("90")
    assert [run.rank for run in tick()] == [Rank.EXIT]
    make_order(quiet_bot, trade=trade, leg=Leg.EXIT.value, status=OrderStatus.SENDING.value)
    assert tick() == []
    # Whoever was to send it may be gone.
    assert [run.rank for run in tick()] == [Rank.ASKED]


def test_runs_are_sent_before_the_tick_is_written_down(
    quiet_bot: BotConfiguration,
    clock: ManualClock,
    redis: object,
    set_market: SetMarket,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.BOT_DISPATCH = "wake"
    done: list[object] = []
    monkeypatch.setattr("bots.dispatch.keep_tick", lambda *_: done.append("written down"))
    claim_window(to_microseconds(clock()))
    clock.advance(1)
    set_market("99")
    Dispatcher(Roster()).tick(clock, lambda runs: done.append(len(runs)))
    assert done == [1, "written down"]


def test_exits_that_were_changed_count_although_no_candle_has_closed_since(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(stop_loss_percent=Decimal(10))
    hold(quiet_bot)
    set_market("97")
    assert tick() == []
    changed_at = AT + timedelta(seconds=2)
    BotConfiguration.objects.update(
        stop_loss_percent=Decimal(2), updated_at=changed_at, last_run_at=changed_at + timedelta(seconds=1)
    )
    assert [run.rank for run in tick()] == [Rank.EXIT]


def test_a_new_peak_is_kept_without_a_run_and_moves_the_trail(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(trailing_stop_percent=Decimal(5))
    trade = hold(quiet_bot)
    for price, runs in (("101", 0), ("120", 0), ("115", 0), ("114", 1)):
        set_market(price)
        assert len(tick()) == runs
    trade.refresh_from_db()
    assert trade.peak_price == 120


@pytest.mark.parametrize(("raised_to", "kept"), [(130, 130), (109, 110), (99, 110)])
def test_of_a_peak_that_was_raised_meanwhile_the_higher_one_is_kept(
    quiet_bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    settings: Any,
    raised_to: int,
    kept: int,
) -> None:
    settings.BOT_DISPATCH = "wake"
    BotConfiguration.objects.update(trailing_stop_percent=Decimal(5))
    trade = hold(quiet_bot, peak_price=Decimal(98))
    roster = Roster()
    roster.refresh(clock())
    claim_window(to_microseconds(clock()) - 1)
    Trade.objects.update(peak_price=Decimal(raised_to))
    set_market("110")
    Dispatcher(roster).tick(clock)
    trade.refresh_from_db()
    assert trade.peak_price == kept


@pytest.mark.parametrize(
    "changes", [{"closing": True}, {"updated_at": AT + timedelta(hours=1)}, {"last_run_at": None}]
)
def test_a_closing_or_changed_bot_is_run_whatever_the_prices_are(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket, changes: dict[str, Any]
) -> None:
    BotConfiguration.objects.update(**changes)
    set_market("100")
    assert len(tick()) == 1


def test_a_changed_bot_is_given_time_to_begin_before_it_is_sent_again(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(last_run_at=None)
    set_market("100")
    assert [len(tick()) for _ in range(7)] == [1, 0, 0, 1, 0, 0, 1]


def test_a_bot_with_an_unresolved_order_is_run(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    make_order(quiet_bot, status=OrderStatus.UNKNOWN.value)
    set_market("100")
    assert len(tick()) == 1


def test_every_bot_is_run_once_a_minute_anyway(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    set_market("100")
    assert sum(len(tick()) for _ in range(125)) == 2


def test_with_every_dispatch_each_moment_has_its_run(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket, settings: Any
) -> None:
    settings.BOT_DISPATCH = "every"
    set_market("100")
    runs = [run for _ in range(8) for run in tick(0.5)]
    assert [run.due_at - AT for run in runs] == [timedelta(seconds=n) for n in (1, 2, 3, 4)]
    assert {run.rank for run in runs} == {Rank.QUIET}


def test_two_dispatchers_share_the_moments(
    quiet_bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, settings: Any, redis: object
) -> None:
    settings.BOT_DISPATCH = "every"
    set_market("100")
    claim_window(to_microseconds(clock()))
    dispatchers = [Dispatcher(Roster()), Dispatcher(Roster())]
    moments = []
    for _ in range(20):
        clock.advance(0.25)
        moments += [run.due_at for each in dispatchers for run in each.tick(clock)]
    assert moments == [AT + timedelta(seconds=n) for n in range(1, 6)]


def test_moments_that_nobody_looked_at_are_counted_and_not_made_up_for(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket, settings: Any, redis: Any
) -> None:
    settings.BOT_DISPATCH = "every"
    set_market("100")
    tick()
    [run] = tick(10.3)
    assert run.due_at == AT + timedelta(seconds=11)
    counters.flush()
    assert int(redis.get(counters.counter_key("runs_missed"))) == 9


@pytest.mark.parametrize("failure", ["the database", "the broker", "Redis forgets"])
def test_a_moment_is_not_lost_with_the_tick_that_failed(
    quiet_bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    settings: Any,
    redis: Any,
    monkeypatch: pytest.MonkeyPatch,
    failure: str,
) -> None:
    settings.BOT_DISPATCH = "wake"
    settings.SNAPSHOT_MAX_AGE_SECONDS = 60
    due_at = AT + timedelta(seconds=10)
    BotConfiguration.objects.update(
        interval_seconds=86_400, next_run_at=due_at - timedelta(days=1), trailing_stop_percent=Decimal(5)
    )
    hold(quiet_bot, peak_price=Decimal(100))
    set_market("90")
    claim_window(to_microseconds(clock()))
    dispatcher = Dispatcher(Roster())

    def fail(*_: object) -> None:
        raise OperationalError("database is locked")

    clock.advance(9.5)
    assert dispatcher.tick(clock) == []
    clock.advance(1)
    with monkeypatch.context() as patch:
        if failure == "the database":
            patch.setattr("bots.dispatch.keep_peaks", fail)
        if failure == "Redis forgets":
            redis.flushdb()
            set_market("90")
            clock.advance(1)
        else:
            assert dispatcher.tick(clock, fail) == []
    clock.advance(0.25)
    assert [(run.due_at, run.rank) for run in dispatcher.tick(clock)] == [(due_at, Rank.EXIT)]
    clock.advance(0.25)
    assert dispatcher.tick(clock) == []


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_clock_that_was_ahead_keeps_nothing_waiting_once_it_is_set_back(
    quiet_bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    settings: Any,
    redis: Any,
    is_restarted: bool,
) -> None:
    settings.BOT_DISPATCH = "wake"
    BotConfiguration.objects.update(stop_loss_percent=Decimal(5))
    hold(quiet_bot)
    dispatcher = Dispatcher(Roster())
    clock.advance(7_200)
    for price in ("100", "90"):
        set_market(price)
        clock.advance(1)
        dispatcher.tick(clock)
    BotConfiguration.objects.update(last_run_at=clock())
    clock.advance(-7_200)
    if is_restarted:
        dispatcher = Dispatcher(Roster())
    sent = []
    for _ in range(8):
        set_market("90")
        clock.advance(0.25)
        sent += dispatcher.tick(clock)
    assert [run.rank for run in sent][:1] == [Rank.EXIT]
    assert all(abs(run.due_at - clock()) < timedelta(seconds=5) for run in sent)


def test_stopped_deleted_deactivated_and_keyless_are_not_dispatched(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    set_market("90")
    for changes in ({"status": BotStatus.STOPPED}, {"deleted_at": AT}):
        BotConfiguration.objects.update(**changes)
        assert tick() == []
        BotConfiguration.objects.update(status=BotStatus.ACTIVE, deleted_at=None)
    ExchangeAPIKey.objects.update(state=KeyState.INVALID)
    assert tick() == []
    ExchangeAPIKey.objects.update(state=KeyState.VALID)
    User.objects.update(is_active=False)
    assert tick() == []


def test_many_bots_that_are_started_at_once_are_run_one_batch_after_another(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.dispatch.MOST_ASKED", 3)
    for number in range(7):
        copy(quiet_bot, quiet_bot.owner, f"copy {number}")
    BotConfiguration.objects.update(last_run_at=None)
    set_market("100")
    sent = [[run.bot_id for run in tick()] for _ in range(3)]
    assert [len(batch) for batch in sent] == [3, 3, 2]
    assert {bot_id for batch in sent for bot_id in batch} == set(
        BotConfiguration.objects.values_list("pk", flat=True)
    )


def test_exits_go_first_and_users_take_turns(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    other = User.objects.create_user("bob@example.com", "a-long-password-1")
    second, third = copy(quiet_bot, quiet_bot.owner, "second"), copy(quiet_bot, quiet_bot.owner, "third")
    his = copy(quiet_bot, other, "his")
    BotConfiguration.objects.update(updated_at=AT, last_run_at=AT + timedelta(seconds=1))
    BotConfiguration.objects.filter(pk=third.pk).update(stop_loss_percent=Decimal(1))
    hold(third)
    set_market("98")
    assert [run.bot_id for run in tick()] == [third.pk, quiet_bot.pk, his.pk, second.pk]


def test_halted_bots_are_not_run_for_entries(
    quiet_bot: BotConfiguration, tick: Tick, set_market: SetMarket
) -> None:
    set_market("99")
    halt_as_operator(PLATFORM, None, "", AT)
    assert tick() == []
    resume_as_operator(PLATFORM)
    ExchangeAPIKey.objects.update(halted_at=AT)
    assert tick() == []
    ExchangeAPIKey.objects.update(halted_at=None)
    assert len(tick()) == 1


@pytest.mark.parametrize(
    ("away", "error"),
    [
        ("bots.roster.read_open_trades", OperationalError("the database is away")),
        ("bots.dispatch.claim_window", NotConnected("Redis is away")),
    ],
)
def test_an_outage_is_logged_when_it_begins_and_when_it_ends(
    quiet_bot: BotConfiguration,
    tick: Tick,
    set_market: SetMarket,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    away: str,
    error: Exception,
) -> None:
    def fail(*_: object) -> None:
        raise error

    caplog.set_level(logging.INFO, "bots.dispatch")
    set_market("99")
    with monkeypatch.context() as patch:
        patch.setattr(away, fail)
        assert [tick() for _ in range(3)] == [[]] * 3
    assert [len(tick()) for _ in range(3)] == [1, 0, 0]
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert caplog.records[0].exc_info is not None
