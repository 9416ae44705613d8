"""Which ticks were a look at a bot: those for its moments, by whoever knew it as it is; never what was missed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bots import tick_log
from bots.look_times import last_looks, looks_of, next_look
from bots.models import BotConfiguration, BotStatus
from bots.tests.conftest import PAPER
from bots.tick_log import record
from bots.ticks import Looks, OneLook, Tick
from conftest import free_port
from saas.clock import to_microseconds
from trades.tests.fake_exchange import AT
from users.models import ExchangeAPIKey

SECOND = timedelta(seconds=1)


def make_bot(**changes: Any) -> BotConfiguration:
    key = ExchangeAPIKey(exchange="binance", environment="paper")
    values = {
        "pk": 7,
        "exchange_key": key,
        "status": BotStatus.ACTIVE,
        "next_run_at": AT,
        "interval_seconds": 1,
        "updated_at": AT - SECOND,
    }
    return BotConfiguration(**{**values, **changes})


def tick(since: datetime, at: datetime, known_until: datetime | None = None) -> Tick:
    return Tick(since, at, known_until or at, at, {}, {})


def ticks_at(*seconds: float) -> list[Tick]:
    """Windows that follow each other, each ending at one of these; newest first."""
    ends = [AT + SECOND * each for each in seconds]
    return [tick(since, at) for since, at in zip([AT - SECOND, *ends], ends, strict=False)][::-1]


def due_seconds(bot: BotConfiguration, ticks: Sequence[Tick]) -> list[float]:
    return [(look.due_at - AT).total_seconds() for look in looks_of(bot, ticks)]


def test_each_moment_is_looked_at_by_the_tick_that_came_for_it() -> None:
    looks = list(looks_of(make_bot(), ticks_at(0.1, 0.35, 0.6, 0.85, 1.1, 1.9, 2)))
    assert [look.due_at - AT for look in looks] == [SECOND * 2, SECOND, SECOND * 0]
    assert [look.tick.at - AT for look in looks] == [SECOND * 2, SECOND * 1.1, SECOND * 0.1]


def test_a_bot_with_a_long_interval_was_looked_at_once() -> None:
    quarters = [number / 4 for number in range(1, 401)]
    assert due_seconds(make_bot(interval_seconds=60), ticks_at(*quarters)) == [60, 0]


def test_of_moments_that_fell_into_one_tick_the_last_was_looked_at() -> None:
    assert due_seconds(make_bot(), ticks_at(0.5, 7.5, 8.5)) == [8, 7, 0]


def test_a_time_without_ticks_has_no_looks() -> None:
    ticks = [*ticks_at(9.1, 9.9, 10.9)[:2], *ticks_at(0.9, 2.1)]
    assert due_seconds(make_bot(), ticks) == [10, 2, 0]


def test_before_its_start_it_was_not_looked_at() -> None:
    assert due_seconds(make_bot(next_run_at=AT + SECOND * 2), ticks_at(0.5, 1.5, 2.5, 3.5)) == [3, 2]
    assert due_seconds(make_bot(next_run_at=AT + SECOND * 9), ticks_at(0.5, 1.5)) == []


def test_a_look_by_somebody_who_did_not_know_its_settings_is_not_claimed() -> None:
    knowing = [tick(AT + SECOND * n, AT + SECOND * (n + 1), AT + SECOND * n) for n in range(9, -1, -1)]
    assert due_seconds(make_bot(updated_at=AT + SECOND * 5.5), knowing) == [10, 9, 8]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": BotStatus.STOPPED},
        {"status": BotStatus.PAUSED},
        {"deleted_at": AT},
        {"next_run_at": None},
    ],
)
def test_a_bot_that_does_not_run_is_not_looked_at(changes: dict[str, Any]) -> None:
    assert due_seconds(make_bot(**changes), ticks_at(0.5, 1.5)) == []


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def worker_tick(*looks: tuple[int, float, float], known_until: datetime = AT) -> Tick:
    """A worker's looks: at which bot, for which second after AT, and when."""
    moments = [taken for _, _, taken in looks]
    noted = [OneLook(bot, to_microseconds(at(due)), to_microseconds(at(taken))) for bot, due, taken in looks]
    return Tick(at(min(moments)), at(max(moments)), known_until, AT, {}, {}, Looks.of(noted))


def test_of_a_workers_looks_its_own_are_claimed_and_no_other_moment() -> None:
    ticks = [worker_tick((7, 4, 4.2), (8, 4, 4.3)), worker_tick((8, 1, 1.1)), worker_tick((7, 0, 0.5))]
    found = list(looks_of(make_bot(), ticks))
    assert [(look.due_at, look.at) for look in found] == [(at(4), at(4.2)), (at(0), at(0.5))]
    assert [look.tick for look in found] == [ticks[0], ticks[2]]


def test_looks_of_workers_at_the_same_time_are_put_in_order() -> None:
    ticks = [
        worker_tick((7, 1, 1.2), (7, 3, 3.3), (8, 3, 3.9)),
        worker_tick((7, 2, 2.5), (7, 0, 0.1), (8, 3, 3.8)),
        worker_tick((8, 0, 0)),
    ]
    assert [look.at for look in looks_of(make_bot(), ticks)] == [at(3.3), at(2.5), at(1.2), at(0.1)]
    assert next(looks_of(make_bot(), ticks[1:])).at == at(2.5)


def test_a_workers_look_with_other_settings_is_not_claimed() -> None:
    ticks = [worker_tick((7, 4, 4), known_until=at(3.9)), worker_tick((7, 3, 3), known_until=at(2.9))]
    assert [look.at for look in looks_of(make_bot(updated_at=at(2)), ticks)] == [at(4)]
    assert list(looks_of(make_bot(status=BotStatus.STOPPED), ticks)) == []


def test_a_log_of_both_ways_of_dispatch_has_the_looks_of_both() -> None:
    ticks = [worker_tick((7, 2, 2.1)), *ticks_at(0.5, 1.5)]
    assert due_seconds(make_bot(), ticks) == [2, 1, 0]


def test_the_last_look_of_a_worker_is_found(redis: object) -> None:
    record(PAPER, worker_tick((7, 2, 2.1), (8, 2, 2.2)))
    record(PAPER, worker_tick((9, 2, 2.3)))
    assert last_looks([make_bot(), make_bot(pk=10)], at(3)) == {7: at(2.1)}


def moments_of(bot: BotConfiguration) -> list[datetime]:
    """Of its first minute."""
    assert bot.next_run_at is not None
    return [bot.next_run_at + SECOND * number for number in range(0, 60, bot.interval_seconds)]


windows = st.lists(st.integers(1, 12_000_000), min_size=1, max_size=30, unique=True).map(sorted)


@given(st.integers(-5_000_000, 5_000_000), st.integers(1, 5), windows, st.sets(st.integers(0, 29)))
def test_no_look_is_claimed_twice_or_for_a_tick_that_is_not_there(
    anchor: int, interval: int, ends: list[int], missing: set[int]
) -> None:
    bot = make_bot(next_run_at=AT + timedelta(microseconds=anchor), interval_seconds=interval)
    ticks = ticks_at(*(end / 1_000_000 for end in ends))
    ticks = [each for number, each in enumerate(ticks) if number not in missing]
    expected = []
    for each in ticks:
        due = [moment for moment in moments_of(bot) if each.since < moment <= each.at]
        expected += [(due[-1], each.at)] if due else []
    assert [(look.due_at, look.tick.at) for look in looks_of(bot, ticks)] == expected


def test_the_last_look_is_the_newest_tick_for_one_of_its_moments_or_a_later_run(redis: object) -> None:
    bots = [make_bot(pk=1), make_bot(pk=2, last_run_at=AT + SECOND * 9), make_bot(pk=3, interval_seconds=60)]
    stopped = make_bot(pk=4, status=BotStatus.STOPPED, last_run_at=AT - SECOND)
    never = make_bot(pk=5, next_run_at=AT + SECOND * 60)
    for each in reversed(ticks_at(0.5, 1.5, 1.75)):
        record(PAPER, each)
    assert last_looks([*bots, stopped, never], AT + SECOND * 2) == {
        1: AT + SECOND * 1.5,
        2: AT + SECOND * 9,
        3: AT + SECOND * 0.5,
        4: AT - SECOND,
    }


def test_without_redis_the_last_look_is_the_last_run(monkeypatch: pytest.MonkeyPatch, redis: object) -> None:
    record(PAPER, tick(AT - SECOND, AT))
    tick_log.forget()
    monkeypatch.setattr(
        "bots.tick_log.get_redis", lambda: Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    )
    assert last_looks([make_bot(last_run_at=AT - SECOND)], AT) == {7: AT - SECOND}


def test_the_next_look_is_the_first_moment_to_come() -> None:
    bot = make_bot(interval_seconds=60)
    assert next_look(bot, AT - SECOND) == AT
    assert next_look(bot, AT + SECOND * 61) == AT + SECOND * 120
    assert next_look(make_bot(status=BotStatus.STOPPED), AT) is None
    assert next_look(make_bot(next_run_at=None), AT) is None
