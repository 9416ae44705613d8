"""What a process knows of all bots: read once for all its threads, at most a second old, and wholly afresh once a minute."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bots.models import BotConfiguration, BotStatus
from bots.roster import Roster
from bots.tests.test_dispatch import hold
from trades.models import Trade
from trades.tests.fake_exchange import AT

SECOND = timedelta(seconds=1)


class WatchedLock:
    """Tells how many threads have asked for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.asked = threading.Semaphore(0)

    def acquire(self, blocking: bool) -> bool:
        self.asked.release()
        return self._lock.acquire(blocking)

    def release(self) -> None:
        self._lock.release()


@pytest.fixture
def roster(bot: BotConfiguration) -> Roster:
    """It knows the bot, whose settings were changed long ago."""
    BotConfiguration.objects.update(updated_at=AT - timedelta(hours=1))
    roster = Roster()
    roster.refresh(AT)
    assert roster.bots.keys() == {bot.pk}
    return roster


def test_threads_that_wait_for_the_first_refresh_do_not_repeat_it(monkeypatch: pytest.MonkeyPatch) -> None:
    reads, may_end = [], threading.Event()

    def read_bots(changed_since: object) -> list[Any]:
        reads.append(changed_since)
        assert may_end.wait(20)
        return []

    monkeypatch.setattr("bots.roster.read_bots", read_bots)
    for name in ("read_open_trades", "read_unresolved", "read_halts"):
        monkeypatch.setattr(f"bots.roster.{name}", frozenset)
    roster, lock = Roster(), WatchedLock()
    monkeypatch.setattr(roster, "_lock", lock)
    threads = [threading.Thread(target=roster.refresh, args=(AT,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert all(lock.asked.acquire(timeout=20) for _ in threads)
    may_end.set()
    for thread in threads:
        thread.join(20)
    assert reads == [None]


def test_nobody_waits_for_a_later_refresh(roster: Roster, bot: BotConfiguration) -> None:
    BotConfiguration.objects.update(status=BotStatus.STOPPED, updated_at=AT)
    with roster._lock:
        roster.refresh(AT + SECOND)
    assert bot.pk in roster.bots
    roster.refresh(AT + SECOND)
    assert bot.pk not in roster.bots


@pytest.mark.parametrize("committed_after", [0, 20])
def test_a_change_is_known_a_second_later_also_if_it_was_committed_late(
    roster: Roster, bot: BotConfiguration, committed_after: int
) -> None:
    for second in range(1, committed_after + 1):
        roster.refresh(AT + SECOND * second)
    BotConfiguration.objects.update(max_open_trades=7, updated_at=AT)
    roster.refresh(AT + SECOND * (committed_after + 0.9))
    assert roster.bots[bot.pk].max_open_trades != 7
    roster.refresh(AT + SECOND * (committed_after + 1))
    assert roster.bots[bot.pk].max_open_trades == 7


def test_a_peak_that_another_process_has_raised_is_known_at_the_next_refresh(
    roster: Roster, bot: BotConfiguration
) -> None:
    hold(bot, peak_price=Decimal(110))
    peaks = []
    for second in (1, 2, 3):
        roster.refresh(AT + SECOND * second)
        peaks.append(roster.bots[bot.pk].held["BTC/USDT"].peak_price)
        Trade.objects.update(peak_price=Decimal(120))
    assert peaks == [110, 120, 120]


def test_what_nothing_marks_as_changed_is_known_after_a_minute(roster: Roster, bot: BotConfiguration) -> None:
    BotConfiguration.objects.update(status=BotStatus.STOPPED)
    roster.refresh(AT + SECOND * 59)
    assert bot.pk in roster.bots
    roster.refresh(AT + SECOND * 60)
    assert not roster.bots
    assert not roster.markets
