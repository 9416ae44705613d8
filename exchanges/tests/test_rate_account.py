"""The account of one address: what it grants, what it keeps back, for whom, and when it says to come back."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.domain import RateLimit
from exchanges.rate_budget import Purpose, shared
from exchanges.rate_budget.purposes import CEILINGS
from exchanges.rate_budget.shared import GRANTED, HELD, SHARE, SPENT, Outcome, Wanted
from exchanges.tests.conftest import BINANCE, BYBIT

LIMIT = RateLimit(weight=1_000, seconds=60, order_weight=100)
MINUTE_MS = 60_000
NOW_MS = 1_790_078_400_000 - 1_790_078_400_000 % MINUTE_MS
pytestmark = pytest.mark.usefixtures("limited")


def take(
    weight: int,
    purpose: Purpose = Purpose.ENTRY,
    user: str = "",
    at: int = 0,
    limit: RateLimit = LIMIT,
) -> Outcome:
    """`at` is in milliseconds from the beginning of a minute."""
    return shared.take(Wanted(BINANCE, limit, weight, purpose, user, "GET account"), NOW_MS + at)


def spend(weight: int, purpose: Purpose = Purpose.ENTRY, user: str = "", at: int = 0) -> int:
    """Ask in tens until that much was granted or one was refused; what was granted."""
    granted = 0
    while granted < weight and take(10, purpose, user, at).kind == GRANTED:
        granted += 10
    return granted


def told(weight: int, at: int, time_of_answer: int | None = None) -> None:
    moment = (
        None if time_of_answer is None else datetime.fromtimestamp((NOW_MS + time_of_answer) / 1_000, UTC)
    )
    shared.correct(BINANCE, LIMIT, weight, moment, NOW_MS + at)


@pytest.mark.parametrize("purpose", Purpose)
def test_each_purpose_gets_up_to_its_ceiling(purpose: Purpose) -> None:
    assert spend(2_000, purpose) == CEILINGS[purpose]
    assert take(10, purpose).kind == SPENT


def test_entries_that_used_up_theirs_leave_room_for_exits_and_those_for_market_data() -> None:
    assert spend(2_000, Purpose.COVERAGE) == 500
    assert spend(2_000, Purpose.ENTRY) == 200
    assert spend(2_000, Purpose.EXIT) == 150
    assert take(10, Purpose.RECOVERY).kind == SPENT
    assert spend(2_000, Purpose.MARKET_DATA) == 100


def test_what_was_granted_counts_for_a_whole_minute_however_the_exchange_cuts_its_own() -> None:
    assert spend(2_000, at=59_000) == 700
    assert take(10, at=60_100).kind == SPENT
    assert take(10, at=118_900).kind == SPENT
    assert take(10, at=125_000).kind == GRANTED


@pytest.mark.parametrize("minutes", [2, 60])
def test_what_was_granted_by_a_clock_that_has_been_set_back_since_does_not_count_until_then(
    minutes: int,
) -> None:
    """Something is asked all the time, so the account itself never expires."""
    assert spend(500, Purpose.COVERAGE) == 500
    back = -minutes * MINUTE_MS
    assert take(10, Purpose.EXIT, at=back).kind == GRANTED
    assert spend(500, Purpose.COVERAGE, at=back + 70_000) == 500


def test_whoever_is_refused_learns_when_to_come_back() -> None:
    spend(300, at=1_000)
    spend(400, at=31_000)
    refused = take(200, at=40_000)
    assert refused.kind == SPENT
    after = 40_000 + round(refused.wait_seconds * 1_000)
    assert 61_000 < after <= 70_000
    assert take(200, at=after - 1).kind == SPENT
    assert take(200, at=after).kind == GRANTED


def test_what_weighs_more_than_its_ceiling_goes_when_nothing_else_does() -> None:
    assert take(900, Purpose.AUDIT).kind == GRANTED
    assert take(900, Purpose.AUDIT, at=1_000).kind == SPENT
    assert take(900, Purpose.AUDIT, at=70_000).kind == GRANTED
    assert take(1_001, Purpose.MARKET_DATA, at=900_000).kind == SPENT


def test_while_there_is_plenty_nobody_is_slowed_down() -> None:
    assert spend(500, user="alice") == 500


def test_a_user_gets_a_fair_share_once_it_is_scarce() -> None:
    spend(400, user="alice")
    spend(90, user="bob")
    # Two are active: each of them, and whoever comes next, gets a third of the 700.
    assert take(20, user="alice").kind == SHARE
    assert spend(500, user="bob") == 140
    assert spend(500, user="carol") == 70, "what is left of all entries' part"
    assert take(10, Purpose.EXIT, user="alice").kind == GRANTED, "sales are counted apart"


def test_who_looks_leaves_others_room_to_look() -> None:
    assert spend(500, Purpose.VIEW, "alice") == 250
    assert take(10, Purpose.VIEW, "alice").kind == SHARE
    assert spend(500, Purpose.KEY_CHECK, "bob") == 160
    assert take(10, user="alice").kind == GRANTED, "purchases are counted apart"


def test_one_order_always_fits_into_a_share() -> None:
    for number in range(50):
        spend(10, user=f"user-{number}")
    assert spend(500, user="late") == 100
    assert take(10, user="late").kind == SHARE


def test_a_share_comes_back_when_it_says_so() -> None:
    spend(500, user="alice")
    refused = take(50, user="alice", at=10_000)
    assert refused.kind == SHARE
    after = 10_000 + round(refused.wait_seconds * 1_000)
    assert take(50, user="alice", at=after + 1).kind == GRANTED


def test_others_at_the_same_address_count(redis: Any) -> None:
    spend(100)
    told(500, at=1_000)
    assert take(10).used == 100 + 400 + 10
    told(450, at=2_000)
    assert take(10).others == 400, "an answer that overtook another one takes nothing back"
    assert spend(2_000) == 180
    assert take(10, at=65_000).kind == GRANTED, (
        "their minute is over, ours counts on until each of its parts is"
    )


def test_an_answer_of_the_last_minute_does_not_count_in_this_one() -> None:
    spend(100, at=50_000)
    told(900, at=61_000, time_of_answer=59_000)
    assert take(10, at=61_000).kind == SPENT, "the exchange's minute may not be over yet"
    assert take(10, at=66_000).others == 0


def test_a_clock_that_is_wrong_by_more_than_a_minute_tells_no_window() -> None:
    told(300, at=1_000, time_of_answer=-600_000)
    assert take(10, at=1_000).others == 300


def test_the_exchanges_own_limit_counts_where_it_tells_one() -> None:
    shared.learn_limit(BINANCE, 100)
    assert take(10).limit == 100
    assert spend(500) == 60


def test_a_redis_that_has_lost_the_limit_is_told_it_again(redis: Any) -> None:
    shared.learn_limit(BINANCE, 300)
    take(10)
    redis.flushdb()
    assert take(10).limit == 300


def test_a_held_venue_grants_nothing_to_anybody(redis: Any) -> None:
    from exchanges import rate_budget

    rate_budget.hold(BINANCE, 30)
    assert take(1, Purpose.MARKET_DATA).kind == HELD
    assert 29 < take(1, Purpose.EXIT).wait_seconds <= 30


def test_hosts_that_leave_by_another_address_have_an_account_of_their_own(settings: Any) -> None:
    assert spend(2_000) == 700
    settings.EGRESS_ADDRESS = "198.51.100.7"
    assert spend(2_000) == 700
    settings.EGRESS_ADDRESS = ""
    assert take(10).kind == SPENT


def test_venues_have_accounts_of_their_own() -> None:
    assert spend(2_000) == 700
    other = Wanted(BYBIT, LIMIT, 10, Purpose.ENTRY, "", "GET v5/account/wallet-balance")
    assert shared.take(other, NOW_MS).kind == GRANTED


WAITS = st.integers(0, 40_000)
REQUESTS = st.lists(
    st.tuples(WAITS, st.integers(1, 400), st.sampled_from(Purpose), st.sampled_from(["", "a", "b"])),
    max_size=40,
)


@given(requests=REQUESTS, beginning=st.integers(0, MINUTE_MS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_minute_whatever_it_begins_with_is_granted_more_than_the_limit(
    redis: Any, requests: list[tuple[int, int, Purpose, str]], beginning: int
) -> None:
    redis.flushdb()
    now, granted = beginning, []
    for wait, weight, purpose, user in requests:
        now += wait
        outcome = take(weight, purpose, user, now)
        if outcome.kind == GRANTED:
            granted.append((now, weight))
        else:
            assert outcome.wait_seconds > 0
        assert sum(one for at, one in granted if at > now - MINUTE_MS) <= LIMIT.weight


@given(requests=REQUESTS, beginning=st.integers(0, MINUTE_MS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_waits_as_told_is_granted_if_nobody_else_asks(
    redis: Any, requests: list[tuple[int, int, Purpose, str]], beginning: int
) -> None:
    redis.flushdb()
    now = beginning
    for wait, weight, purpose, user in requests:
        now += wait
        outcome = take(weight, purpose, user, now)
        waits = 0
        # A share may be short as well once the whole is not, so that it can take two.
        while outcome.kind != GRANTED:
            waits += 1
            assert waits <= 3
            now += round(outcome.wait_seconds * 1_000) + 1
            outcome = take(weight, purpose, user, now)


class Minutes:
    """An exchange that counts an address by minutes of its own clock, which is off by `skew` ms, and tells so."""

    def __init__(self, skew: int) -> None:
        self.skew = skew
        self.minute = self.counted = self.untold = 0

    def add(self, weight: int, at: int, *, foreign: bool = False) -> None:
        minute = (at + self.skew) // MINUTE_MS
        if minute != self.minute:
            self.minute, self.counted, self.untold = minute, 0, 0
        self.counted += weight
        self.untold += weight if foreign else 0

    def tell(self, at: int) -> None:
        """In an answer, dated by the whole second."""
        told(self.counted, at, (at + self.skew) // 1_000 * 1_000)
        self.untold = 0


STRANGERS = st.lists(
    st.tuples(WAITS, st.integers(1, 300), st.sampled_from(Purpose), st.integers(0, 300)), max_size=40
)


@given(requests=STRANGERS, skew=st.integers(-1_500, 1_500), beginning=st.integers(0, MINUTE_MS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_strangers_at_the_same_address_are_made_room_for_as_soon_as_an_answer_tells_of_them(
    redis: Any, requests: list[tuple[int, int, Purpose, int]], skew: int, beginning: int
) -> None:
    redis.flushdb()
    now, exchange = beginning, Minutes(skew)
    for wait, weight, purpose, foreign in requests:
        now += wait
        exchange.add(foreign, now, foreign=True)
        if take(weight, purpose, at=now).kind == GRANTED:
            exchange.add(weight, now)
            assert exchange.counted <= max(LIMIT.weight, exchange.untold + LIMIT.weight)
            exchange.tell(now)
