"""The tick log: what was written is read again, exactly; what was not is missing and not made up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bots import tick_log
from bots.tests.conftest import PAPER
from bots.tick_log import KEPT, PART, WHOLE_EVERY, record
from bots.ticks import Average, Looks, Need, OneLook, Tick
from conftest import free_port
from exchanges.domain import Environment, Venue
from saas.clock import EPOCH, to_microseconds
from saas.redis import key
from trades.tests.fake_exchange import AT

STEP = timedelta(milliseconds=250)
TESTNET = Venue("binance", Environment.TESTNET)
BTC_NEED = Need("BTC/USDT", "1m", 20)


def tick(number: int, price: str = "100", average: str | None = "99", **changes: object) -> Tick:
    """The tick at `number` steps after AT; its window begins where the one before ended."""
    at = AT + STEP * number
    values: dict[str, object] = {
        "since": at - STEP,
        "at": at,
        "known_until": at - STEP,
        "taken_at": at - STEP / 2,
        "prices": {"BTC/USDT": Decimal(price)},
        "averages": {BTC_NEED: Average(None if average is None else Decimal(average), 20)},
    }
    return Tick(**{**values, **changes})  # type: ignore[arg-type]


def record_all(ticks: Sequence[Tick]) -> None:
    for each in ticks:
        record(PAPER, each)


def read(venue: Venue, now: datetime = AT + STEP * 100) -> Sequence[Tick]:
    return tick_log.read(venue, now)


def read_afresh(now: datetime = AT + STEP * 100) -> Sequence[Tick]:
    """As a process that has read nothing yet."""
    tick_log._read.clear()
    return read(PAPER, now)


def name_of_part(number: int = 0) -> str:
    """The list of so many minutes after AT, which is a full one."""
    return key(f"ticks:{PAPER}:{(AT - EPOCH) // PART + number}")


def lose_entry(redis: Redis, number: int) -> None:
    """The entry of that number, the oldest being 0, never arrived."""
    redis.lset(name_of_part(), number, "lost")
    redis.lrem(name_of_part(), 1, "lost")


def test_what_was_recorded_is_read_newest_first(redis: Redis) -> None:
    ticks = [tick(1), tick(2, "101"), tick(3, "101", "99.33333333333333333333333333")]
    record_all(ticks)
    assert read(PAPER) == ticks[::-1]


def test_a_venue_without_ticks_has_none_and_venues_do_not_mix(redis: Redis) -> None:
    record(PAPER, tick(1))
    assert read(TESTNET) == []
    record(TESTNET, tick(1, "7"))
    assert [each.prices["BTC/USDT"] for each in read(TESTNET)] == [7]


def test_no_snapshot_no_average_and_a_symbol_without_a_price_are_kept_as_that(redis: Redis) -> None:
    few = {BTC_NEED: Average(None, 3), Need("ETH/USDT", "1m", 20): Average(None, 0)}
    ticks = [tick(1, averages=few), tick(2, taken_at=None, prices={}, averages={})]
    record_all(ticks)
    assert read(PAPER) == ticks[::-1]


def test_a_symbol_that_is_gone_is_not_carried_on(redis: Redis) -> None:
    both = {"BTC/USDT": Decimal(1), "ETH/USDT": Decimal(2)}
    record_all([tick(1, prices=both), tick(2, prices={"ETH/USDT": Decimal(2)})])
    assert read(PAPER)[0].prices == {"ETH/USDT": 2}


def test_an_entry_has_only_what_changed(redis: Redis) -> None:
    many = {Need(f"C{n}/USDT", "1m", 20): Average(Decimal(n) / 7, 20) for n in range(1, 100)}
    record_all([tick(1, averages=many), tick(2, "101", averages=many)])
    older, newer = redis.lrange(name_of_part(), 0, -1)
    assert b"USDT" in newer
    assert b"1m" not in newer
    assert len(newer) * 20 < len(older)
    assert read(PAPER)[0].averages is read(PAPER)[1].averages


def test_it_reaches_back_for_minutes_and_expires(redis: Redis) -> None:
    ticks = [tick(number, str(number)) for number in range(1, 8 * PART // STEP)]
    record_all(ticks)
    assert redis.llen(name_of_part(3)) == PART // STEP
    ttl = redis.ttl(name_of_part(3))
    assert KEPT < timedelta(seconds=ttl) <= tick_log.FORGET_AFTER
    found = read_afresh(ticks[-1].at)
    assert list(found) == ticks[::-1][: len(found)]
    assert KEPT <= ticks[-1].at - found[-1].at < KEPT + PART


def test_a_reader_that_stays_has_no_more_than_the_log(redis: Redis) -> None:
    for number in range(1, 8 * PART // STEP):
        now = AT + STEP * number
        record(PAPER, tick(number, str(number)))
        if number % 50 == 0:
            assert read(PAPER, now)[0].at == now
    assert KEPT - STEP < now - read(PAPER, now)[-1].at <= KEPT + STEP * 50


def test_what_a_reader_has_is_not_asked_for_again(redis: Redis) -> None:
    record_all([tick(1), tick(2, "102")])
    read(PAPER)
    redis.lset(name_of_part(), 0, "not to be read")
    record(PAPER, tick(3, "103"))
    assert [each.prices["BTC/USDT"] for each in read(PAPER)] == [103, 102, 100]


def test_looks_at_single_bots_are_read_as_they_were(redis: Redis) -> None:
    at = to_microseconds(AT)
    looks = Looks.of([OneLook(7, at, at + 250_001), OneLook(2**40, at - 30, at), OneLook(7, at + 5, at + 6)])
    record_all([tick(1), tick(2, "101", looks=looks), tick(3, "101", looks=Looks.of([]))])
    newest, newer, oldest = read(PAPER)
    assert (newest.looks, newer.looks, oldest.looks) == (Looks.of([]), looks, None)
    microsecond = timedelta(microseconds=1)
    assert list(looks.at_bot(7)) == [
        (AT, AT + 250_001 * microsecond),
        (AT + 5 * microsecond, AT + 6 * microsecond),
    ]
    assert list(looks.at_bot(8)) == []


def test_after_a_lost_entry_nothing_is_claimed_until_the_next_whole_one(redis: Redis) -> None:
    ticks = [tick(number, str(number)) for number in range(1, WHOLE_EVERY + 3)]
    record_all(ticks[:4])
    lose_entry(redis, 2)
    record_all(ticks[4:])
    assert list(read(PAPER)) == [*ticks[: WHOLE_EVERY - 1 : -1], ticks[1], ticks[0]]


def test_a_gap_between_windows_is_no_reason_to_lose_what_comes_after(redis: Redis) -> None:
    record_all([tick(1), tick(9)])
    assert [each.at for each in read(PAPER)] == [AT + STEP * 9, AT + STEP]


def test_two_dispatchers_that_take_turns_write_what_each_saw(redis: Redis) -> None:
    ticks = [tick(number, str(number), str(number)) for number in range(1, 9)]
    states: list[dict[Venue, object]] = [{}, {}]
    for number, each in enumerate(ticks):
        state = states[number // 2 % 2]
        tick_log._written.clear()
        tick_log._written.update(state)  # type: ignore[arg-type]
        record(PAPER, each)
        states[number // 2 % 2] = dict(tick_log._written)
    assert list(read(PAPER)) == ticks[::-1]


def test_an_entry_that_arrives_after_its_successor_or_twice_is_put_where_it_belongs(redis: Redis) -> None:
    record_all([tick(1), tick(2, "102")])
    late = redis.lrange(name_of_part(), -1, -1)[0]
    redis.rpop(name_of_part())
    tick_log._written.clear()
    record(PAPER, tick(3, "103"))
    redis.rpush(name_of_part(), late, late)
    assert [each.prices["BTC/USDT"] for each in read(PAPER)] == [103, 102, 100]


def test_a_redis_that_was_emptied_is_written_anew_at_once(redis: Redis) -> None:
    record_all([tick(1), tick(2)])
    assert len(read(PAPER)) == 2
    redis.flushdb()
    record_all([tick(3), tick(4)])
    assert [each.at for each in read(PAPER)] == [AT + STEP * number for number in (4, 3, 2, 1)]
    assert [each.at for each in read_afresh()] == [AT + STEP * 4]


def test_a_redis_that_is_away_costs_the_tick_and_no_more(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    record(PAPER, tick(1, "1"))
    with monkeypatch.context() as patch:
        patch.setattr("bots.tick_log.get_redis", lambda: gone)
        record(PAPER, tick(2, "2"))
    record(PAPER, tick(3, "3"))
    assert [each.prices["BTC/USDT"] for each in read(PAPER)] == [3, 1]


prices = st.dictionaries(
    st.sampled_from(["BTC/USDT", "ETH/USDT", "XRP/USDT"]), st.decimals("0.00000001", 100_000, places=8)
)
means = st.none() | st.decimals("0.00000001", 100_000)
needs = st.builds(
    Need, st.sampled_from(["BTC/USDT", "ETH/USDT"]), st.sampled_from(["1s", "1m"]), st.integers(2, 500)
)
averages = st.dictionaries(needs, st.builds(Average, means, st.integers(0, 500)), max_size=6)
steps = st.tuples(prices, averages, st.booleans(), st.booleans())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(steps, min_size=1, max_size=12))
def test_any_ticks_are_read_as_they_were_recorded_whoever_reads_when(
    redis: Redis, recorded: list[tuple[dict[str, Decimal], dict[Need, Average], bool, bool]]
) -> None:
    redis.flushdb()
    tick_log.forget()
    expected: list[Tick] = []
    at: datetime = AT
    for some_prices, some_averages, is_missed, is_read in recorded:
        since, at = at + STEP * is_missed, at + STEP * 2
        expected.insert(0, Tick(since, at, since, since, some_prices, some_averages))
        record(PAPER, expected[0])
        if is_read:
            assert list(read(PAPER)) == expected
    assert list(read_afresh()) == expected
