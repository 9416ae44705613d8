"""With BOT_DISPATCH=every a run that nothing comes of is a look from memory: no query, no lease, the same decision."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from bots import engine, quiet
from bots.decisions import read_decisions
from bots.last_runs import LastRuns
from bots.models import BotConfiguration, BotStatus
from bots.roster import Roster
from bots.tests.conftest import SetMarket
from bots.tests.test_dispatch import hold
from trades.models import Lease, Trade
from trades.tests.conftest import ManualClock

SECOND = timedelta(seconds=1)


@pytest.fixture
def roster(
    bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, monkeypatch: pytest.MonkeyPatch
) -> Roster:
    noted = LastRuns()
    noted.note(0, clock())
    monkeypatch.setattr(quiet, "last_runs", noted)
    BotConfiguration.objects.update(interval_seconds=1)
    found = Roster()
    found.refresh(clock())
    return found


def test_it_costs_no_query_and_leaves_its_decisions(
    roster: Roster,
    bot: BotConfiguration,
    clock: ManualClock,
    set_market: SetMarket,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    set_market("101")
    with django_assert_num_queries(0):
        assert quiet.look(roster, bot.pk, clock(), clock)
    [decision] = read_decisions(bot.pk, 5)
    assert (decision.code, decision.average, decision.due) == (
        "above_average",
        "100",
        clock().isoformat().replace("+00:00", "Z"),
    )


@pytest.mark.usefixtures("engine_session")
def test_its_decision_is_that_of_a_run(
    roster: Roster, bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    for price in ("99.5", "100", "101"):
        set_market(price)
        assert quiet.look(roster, bot.pk, clock(), clock)
        assert engine.run_bot(bot.pk, clock(), 1, clock)
        ran, looked = read_decisions(bot.pk, 2)
        assert ran == looked
    assert not Lease.objects.exists()


@pytest.mark.parametrize("price", ["99", "1"])
def test_it_leaves_to_a_run_what_something_could_come_of(
    roster: Roster, bot: BotConfiguration, clock: ManualClock, set_market: SetMarket, price: str
) -> None:
    set_market(price)
    assert not quiet.look(roster, bot.pk, clock(), clock)
    assert read_decisions(bot.pk, 1) == []


def test_it_leaves_to_a_run_what_comes_late_and_what_it_does_not_know(
    roster: Roster, bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    set_market("101")
    assert not quiet.look(roster, bot.pk, clock() - 2 * SECOND, clock)
    assert not quiet.look(roster, bot.pk + 1, clock(), clock)


def test_it_raises_the_peak_of_a_held_trade(
    roster: Roster, bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(trailing_stop_percent=Decimal(5))
    hold(bot)
    roster.forget()
    set_market("120")
    assert quiet.look(roster, bot.pk, clock(), clock)
    assert Trade.objects.get().peak_price == 120
    assert read_decisions(bot.pk, 1)[0].code == "in_trade"


def test_a_stopped_bot_is_unknown_after_a_second(
    roster: Roster, bot: BotConfiguration, clock: ManualClock, set_market: SetMarket
) -> None:
    BotConfiguration.objects.update(status=BotStatus.STOPPED, updated_at=clock())
    clock.advance(1)
    set_market("101")
    assert not quiet.look(roster, bot.pk, clock(), clock)


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
