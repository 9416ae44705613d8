"""What market data watches: what the bots want that run or hold a trade, a change within the next second."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from bots.models import BotConfiguration, BotStatus
from bots.subscriptions import OVERLAP, READ_ALL_EVERY, Watchers
from bots.tests.conftest import PAPER
from bots.tests.test_dispatch import copy, hold
from exchanges.market_data.subscriptions import Subscription
from trades.tests.conftest import ManualClock

SECOND = timedelta(seconds=1)


@pytest.fixture
def watchers(bot: BotConfiguration, clock: ManualClock) -> Watchers:
    change(bot, clock() - 2 * OVERLAP)
    return Watchers(clock)


def change(bot: BotConfiguration, at: Any, **fields: Any) -> None:
    BotConfiguration.objects.filter(pk=bot.pk).update(updated_at=at, **fields)


def rule(timeframe: str, window: int) -> dict[str, Any]:
    return {"timeframe": timeframe, "window": window, "threshold_percent": "1", "exit_at_average": False}


def spelled(found: Iterable[Subscription]) -> set[str]:
    assert {each.venue for each in found} <= {PAPER}
    return {f"{each.symbol} {each.timeframe} {each.window}" for each in found}


def test_one_for_each_symbol_and_timeframe_with_the_longest_window(
    watchers: Watchers, bot: BotConfiguration, clock: ManualClock
) -> None:
    change(bot, clock(), symbols=["BTC/USDT", "ETH/USDT"], parameters=rule("1m", 20))
    for name, timeframe, window in (("long", "1m", 50), ("hours", "1h", 5)):
        other = copy(bot, bot.owner, name)
        change(other, clock(), symbols=["BTC/USDT"], parameters=rule(timeframe, window))
    assert spelled(watchers.subscriptions()) == {"BTC/USDT 1m 50", "BTC/USDT 1h 5", "ETH/USDT 1m 20"}


def test_a_change_is_seen_at_the_next_question(
    watchers: Watchers, bot: BotConfiguration, clock: ManualClock
) -> None:
    change(bot, clock() - SECOND * 90, parameters=rule("1m", 20))
    assert spelled(watchers.subscriptions()) == {"BTC/USDT 1m 20"}
    steps: list[tuple[dict[str, Any], set[str]]] = [
        ({"symbols": ["ETH/USDT", "BTC/USDT"]}, {"BTC/USDT 1m 20", "ETH/USDT 1m 20"}),
        ({"parameters": rule("5m", 7)}, {"BTC/USDT 5m 7", "ETH/USDT 5m 7"}),
        ({"status": BotStatus.STOPPED}, set()),
        ({"status": BotStatus.ACTIVE}, {"BTC/USDT 5m 7", "ETH/USDT 5m 7"}),
        ({"status": BotStatus.STOPPED, "deleted_at": clock()}, set()),
    ]
    for fields, expected in steps:
        clock.advance(1)
        change(bot, clock(), **fields)
        assert spelled(watchers.subscriptions()) == expected, fields


def test_what_one_bot_leaves_stays_for_another(
    watchers: Watchers, bot: BotConfiguration, clock: ManualClock
) -> None:
    change(bot, clock(), parameters=rule("1m", 20))
    other = copy(bot, bot.owner, "other")
    change(other, clock(), parameters=rule("1m", 20))
    assert len(watchers.subscriptions()) == 1
    clock.advance(1)
    change(other, clock(), status=BotStatus.STOPPED)
    assert spelled(watchers.subscriptions()) == {"BTC/USDT 1m 20"}
    clock.advance(1)
    change(bot, clock(), status=BotStatus.STOPPED)
    assert watchers.subscriptions() == set()


def test_a_change_that_is_committed_late_is_not_lost(
    watchers: Watchers, bot: BotConfiguration, clock: ManualClock
) -> None:
    marked_at = clock()
    watchers.subscriptions()
    clock.advance(20)
    watchers.subscriptions()
    change(bot, marked_at, symbols=["ETH/USDT"])
    assert {each.symbol for each in watchers.subscriptions()} == {"ETH/USDT"}


def test_once_a_minute_it_is_put_right_whatever_was_missed(
    watchers: Watchers, bot: BotConfiguration, clock: ManualClock
) -> None:
    watchers.subscriptions()
    BotConfiguration.objects.update(symbols=["ETH/USDT"])
    clock.now += READ_ALL_EVERY - SECOND
    assert {each.symbol for each in watchers.subscriptions()} == {"BTC/USDT"}
    clock.advance(1)
    assert {each.symbol for each in watchers.subscriptions()} == {"ETH/USDT"}


def test_a_bot_that_does_not_run_is_watched_while_it_holds_a_trade(
    watchers: Watchers, bot: BotConfiguration, clock: ManualClock
) -> None:
    change(bot, clock(), status=BotStatus.PAUSED, parameters=rule("1m", 20))
    assert watchers.subscriptions() == set()
    trade = hold(bot, symbol="ETH/USDT", base="ETH")
    assert spelled(watchers.subscriptions()) == {"BTC/USDT 1m 20", "ETH/USDT 1m 20"}
    trade.status = "CLOSED"
    trade.save()
    assert watchers.subscriptions() == set()


def test_a_strategy_that_is_gone_wants_nothing(
    watchers: Watchers, bot: BotConfiguration, clock: ManualClock
) -> None:
    change(bot, clock(), strategy="gone")
    assert watchers.subscriptions() == set()


def test_bots_that_were_not_changed_are_not_read_again(
    watchers: Watchers,
    bot: BotConfiguration,
    clock: ManualClock,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watchers.subscriptions()
    clock.advance(1)
    monkeypatch.setattr("bots.subscriptions._wants_of", None)
    with django_assert_num_queries(2):
        assert len(watchers.subscriptions()) == 1
