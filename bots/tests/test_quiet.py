"""With BOT_DISPATCH=every a run that nothing comes of is a look from memory: no query, no lease, the same decision.

Nothing is stored of it: what it decided is worked out from what it noted, and what it did not note is not claimed.
"""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from bots import engine, quiet
from bots.decisions import Decision, read_decisions, spell
from bots.last_runs import LastRuns
from bots.look_notes import LookNotes
from bots.models import BotConfiguration, BotStatus
from bots.roster import Roster
from bots.selectors import last_decisions
from bots.tests.conftest import SetMarket
from bots.tests.test_dispatch import hold
from trades.models import Lease, Trade
from trades.tests.conftest import ManualClock

SECOND = timedelta(seconds=1)


class Looker:
    """A worker's quiet looks at one bot."""

    def __init__(self, bot_id: int, clock: ManualClock) -> None:
        self.bot_id, self.clock = bot_id, clock
        self.roster, self.notes = Roster(), LookNotes(lambda *_: None)

    def look(self, due_at: datetime | None = None, bot_id: int | None = None) -> bool:
        due_at = self.clock() if due_at is None else due_at
        return quiet.look(self.roster, self.notes, bot_id or self.bot_id, due_at, self.clock)

    def told(self) -> list[Decision]:
        """What the owner reads, a while later."""
        self.notes.write()
        bot = BotConfiguration.objects.select_related("exchange_key").get(pk=self.bot_id)
        return last_decisions(bot, 100, None, self.clock() + SECOND * 10)


@pytest.fixture
def looker(bot: BotConfiguration, clock: ManualClock, set_market: SetMarket) -> Looker:
    BotConfiguration.objects.update(interval_seconds=1, updated_at=clock() - SECOND * 10)
    found = Looker(bot.pk, clock)
    found.roster.refresh(clock())
    return found


def test_it_costs_no_query_and_stores_no_decision(
    looker: Looker,
    clock: ManualClock,
    set_market: SetMarket,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    set_market("101")
    due_at = clock() - SECOND * 0.2
    with django_assert_num_queries(0):
        assert looker.look(due_at)
    assert read_decisions(looker.bot_id, 5) == []
    [decision] = looker.told()
    assert (decision.code, decision.price, decision.average) == ("above_average", "101", "100")
    assert (decision.due, decision.at) == (spell(due_at), spell(clock()))


@pytest.mark.usefixtures("engine_session")
def test_its_decision_is_that_of_a_run(looker: Looker, clock: ManualClock, set_market: SetMarket) -> None:
    for price in ("99.5", "100", "101"):
        set_market(price)
        assert looker.look()
        looked = looker.told()[0]
        assert engine.run_bot(looker.bot_id, clock(), 1, clock)
        assert looker.told()[0] == looked == read_decisions(looker.bot_id, 1)[0]
    assert not Lease.objects.exists()


def test_each_look_is_told_with_the_prices_it_saw(
    looker: Looker, clock: ManualClock, set_market: SetMarket
) -> None:
    """Not with those of whoever looked before or after it at other bots."""
    for price in ("101", "102", "103"):
        set_market(price)
        assert looker.look()
        clock.advance(1)
    assert [each.price for each in looker.told()] == ["103", "102", "101"]


def test_a_bot_that_is_full_is_told_to_be_full(
    looker: Looker, bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(symbols=["BTC/USDT", "ETH/USDT"])
    hold(bot, symbol="ETH/USDT", base="ETH")
    looker.roster.forget()
    set_market("90")
    assert looker.look()
    told = {each.symbol: (each.action, each.code) for each in looker.told()}
    assert told == {"BTC/USDT": ("skip", "max_open_trades"), "ETH/USDT": ("wait", "no_price")}


@pytest.mark.parametrize("price", ["99", "1"])
def test_it_leaves_to_a_run_what_something_could_come_of(
    looker: Looker, set_market: SetMarket, price: str
) -> None:
    set_market(price)
    assert not looker.look()
    assert looker.told() == []


def test_it_leaves_to_a_run_what_comes_late_and_what_it_does_not_know(
    looker: Looker, clock: ManualClock, set_market: SetMarket
) -> None:
    set_market("101")
    assert not looker.look(clock() - 2 * SECOND)
    assert not looker.look(bot_id=looker.bot_id + 1)
    assert looker.told() == []


def test_a_moment_without_a_look_is_not_told(
    looker: Looker, clock: ManualClock, set_market: SetMarket
) -> None:
    """Its message was dropped, or nobody worked."""
    moments = [clock() + SECOND * number for number in (1, 3)]
    for moment in moments:
        clock.now = moment
        set_market("101")
        assert looker.look(moment)
    assert [each.due for each in looker.told()] == [spell(moment) for moment in reversed(moments)]


def test_what_was_noted_by_a_worker_that_was_killed_is_not_told(
    looker: Looker, set_market: SetMarket
) -> None:
    set_market("101")
    assert looker.look()
    looker.notes.forget()
    assert looker.told() == []


def test_looks_with_settings_that_the_owner_has_changed_are_not_told(
    looker: Looker, clock: ManualClock, set_market: SetMarket
) -> None:
    set_market("101")
    assert looker.look()
    BotConfiguration.objects.update(take_profit_percent=Decimal(7), updated_at=clock())
    clock.advance(0.9)
    set_market("102")
    assert looker.look()
    clock.advance(1.1)
    set_market("103")
    assert looker.look()
    assert [each.price for each in looker.told()] == ["103"]


def test_it_raises_the_peak_of_a_held_trade(
    looker: Looker, bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(trailing_stop_percent=Decimal(5))
    hold(bot)
    looker.roster.forget()
    set_market("120")
    assert looker.look()
    assert Trade.objects.get().peak_price == 120
    assert looker.told()[0].code == "in_trade"


def test_a_stopped_bot_is_unknown_after_a_second(
    looker: Looker, clock: ManualClock, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(status=BotStatus.STOPPED, updated_at=clock())
    clock.advance(1)
    set_market("101")
    assert not looker.look()


def test_last_runs_are_written_once_a_second(
    bot: BotConfiguration, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    monkeypatch.setattr("bots.last_runs.time.monotonic", lambda: passed[0])
    noted = LastRuns()
    noted.note(0, clock())
    noted.note(bot.pk, clock())
    assert BotConfiguration.objects.get().last_run_at is None
    passed[0] = 1.0
    noted.note(bot.pk, clock() + SECOND)
    assert BotConfiguration.objects.get().last_run_at == clock() + SECOND


def test_a_run_that_was_written_long_afterwards_keeps_its_moment(
    bot: BotConfiguration, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    monkeypatch.setattr("bots.last_runs.time.monotonic", lambda: passed[0])
    noted, ran_at = LastRuns(), clock()
    for latest in (ran_at, ran_at + 30 * SECOND):
        noted.note(0, ran_at)
        noted.note(bot.pk, ran_at)
        # Another process may have run it since.
        BotConfiguration.objects.update(last_run_at=latest)
        passed[0] += 60.0
        noted.note(0, ran_at + 60 * SECOND)
        assert BotConfiguration.objects.get().last_run_at == latest
        passed[0] += 60.0
