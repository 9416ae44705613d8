"""One bot, one runner: taken once, given back once, and lost for good when somebody else has taken it."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from bots.models import BotConfiguration
from trades import lease
from trades.models import Lease
from trades.tests.conftest import ManualClock, dead_process


def test_it_is_taken_once_and_is_free_again_when_given_back(
    bot: BotConfiguration, clock: ManualClock
) -> None:
    held = lease.take(bot.pk, clock())
    assert held is not None
    assert lease.take(bot.pk, clock()) is None
    lease.release(held)
    again = lease.take(bot.pk, clock())
    assert again is not None
    assert again.token == held.token + 1


def test_a_lease_that_ran_out_is_anybodys_and_the_late_one_is_fenced_off(
    bot: BotConfiguration, clock: ManualClock
) -> None:
    late = lease.take(bot.pk, clock())
    assert late is not None
    clock.advance(lease.LEASE_TIME.total_seconds() + 1)
    other = lease.take(bot.pk, clock())
    assert other is not None
    with pytest.raises(lease.LeaseLost), transaction.atomic():
        lease.fence(late, clock())
    lease.release(late)
    assert lease.take(bot.pk, clock()) is None


def test_the_fence_prolongs_the_lease(bot: BotConfiguration, clock: ManualClock) -> None:
    held = lease.take(bot.pk, clock())
    assert held is not None
    for _ in range(3):
        clock.advance(lease.LEASE_TIME.total_seconds() - 1)
        with transaction.atomic():
            lease.fence(held, clock())
    assert lease.take(bot.pk, clock()) is None


def test_of_many_that_want_it_at_once_one_gets_it(bot: BotConfiguration, clock: ManualClock) -> None:
    taken: list[lease.Held | None] = []
    start = threading.Barrier(8)

    def want() -> None:
        start.wait()
        taken.append(lease.take(bot.pk, clock()))
        connection.close()

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([held for held in taken if held]) == 1


def test_what_a_dead_process_held_is_free_at_once_and_it_is_fenced_off(
    bot: BotConfiguration, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getpid", dead_process)
    late = lease.take(bot.pk, clock())
    monkeypatch.undo()
    assert late is not None
    assert lease.release_orphans(clock()) == 1
    assert lease.take(bot.pk, clock()) is not None
    with pytest.raises(lease.LeaseLost), transaction.atomic():
        lease.fence(late, clock())


def test_what_a_living_process_holds_stays_its_own(bot: BotConfiguration, clock: ManualClock) -> None:
    assert lease.take(bot.pk, clock()) is not None
    assert lease.release_orphans(clock()) == 0
    assert lease.take(bot.pk, clock()) is None


def test_what_another_machine_holds_runs_out_by_itself(bot: BotConfiguration, clock: ManualClock) -> None:
    assert lease.take(bot.pk, clock()) is not None
    Lease.objects.update(holder="elsewhere:1")
    assert lease.release_orphans(clock()) == 0


def test_what_could_not_be_given_back_while_the_database_was_away_is_given_back_later(
    bot: BotConfiguration, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: lease.Held) -> int:
        raise OperationalError("the server has ended")

    held = lease.take(bot.pk, clock())
    assert held is not None
    with monkeypatch.context() as away:
        away.setattr("trades.lease._give_back", fail)
        lease.release(held)
        with pytest.raises(OperationalError):
            lease.release_orphans(clock())
    assert lease.take(bot.pk, clock()) is None
    assert [lease.release_orphans(clock()) for _ in range(2)] == [1, 0]
    assert lease.take(bot.pk, clock()) is not None


@pytest.mark.parametrize("differs", ["_boot", "_namespace"])
def test_what_a_host_of_the_same_name_holds_is_not_given_back(
    bot: BotConfiguration, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, differs: str
) -> None:
    """Two containers count their processes each for itself: the other's process is not among this one's."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("os.getpid", dead_process)
        elsewhere.setattr(lease, differs, lambda: "other")
        lease._host.cache_clear()
        held = lease.take(bot.pk, clock())
    lease._host.cache_clear()
    assert held is not None
    assert lease.release_orphans(clock()) == 0
    with transaction.atomic():
        lease.fence(held, clock())


def test_a_holder_fits_its_column_however_long_the_host_s_name_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "h" * 255)
    lease._host.cache_clear()
    holder = lease._holder(4_194_304)
    lease._host.cache_clear()
    assert len(holder) <= (Lease._meta.get_field("holder").max_length or 0)
